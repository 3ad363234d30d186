//! A document as a request brought it: its bytes, and how to read them.

use super::directives::Directives;
use super::progress::{BodyBytes, Memory};

/// A body in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub media_type: MediaType,
    /// The charset that the server declared.
    pub charset: Option<String>,
    /// The directives for robots that the server sent, in `X-Robots-Tag`.
    pub directives: Directives,
    /// Its part of the memory that is counted, if it was counted as it came.
    pub held: Held,
}

/// A body's part of the memory that is counted. It belongs to one body: a copy of the body has none.
#[derive(Debug, Default)]
pub struct Held(Option<BodyBytes>);

impl Held {
    /// Takes the part, or counts these bytes now.
    pub fn take(&mut self, memory: &Memory, bytes: u64) -> BodyBytes {
        self.0.take().unwrap_or_else(|| memory.hold(bytes))
    }
}

impl From<BodyBytes> for Held {
    fn from(bytes: BodyBytes) -> Self {
        Held(Some(bytes))
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Held(None)
    }
}

/// All are equal: bodies are compared by what they are.
impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

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
