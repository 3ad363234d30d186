//! A document as a request brought it: its bytes, and how to read them.

use super::directives::Directives;
use super::progress::BodyBytes;

/// A body in memory.
#[derive(Debug, Default)]
pub struct Body {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub media_type: MediaType,
    /// The charset that the server declared.
    pub charset: Option<String>,
    /// The directives for robots that the server sent, in `X-Robots-Tag`.
    pub directives: Directives,
    /// The URL to which the server sends its readers on, in `Refresh`.
    pub refresh: Option<String>,
    /// Its part of the memory that is counted, if it was counted as it came.
    pub held: Option<BodyBytes>,
    /// How many bytes the document had, where `bytes` is what another process
    /// has made of it.
    pub made_of: Option<u64>,
}

impl Body {
    /// How many bytes the document had.
    pub fn size(&self) -> u64 {
        self.made_of.unwrap_or(self.bytes.len() as u64)
    }
}

/// How the bytes of a body are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaType {
    /// As HTML.
    #[default]
    Html,
    /// As XHTML, by the rules of XML.
    Xhtml,
    /// As text without markup.
    Plain,
}
