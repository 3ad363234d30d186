//! What a request brought: the bytes of a document, and how to read them.

use super::directives::Directives;

/// A body in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub form: Form,
    /// The charset that the server declared.
    pub charset: Option<String>,
    /// What the server asks of robots, in `X-Robots-Tag`.
    pub directives: Directives,
}

/// How the bytes of a body are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As HTML.
    #[default]
    Html,
    /// As HTML, and its links are wanted, too.
    HtmlWithLinks,
    /// As text without markup.
    Plain,
}
