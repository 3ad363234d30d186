//! What a page says of its own parts.

use serde::{Deserialize, Serialize};

/// What a page says of its own parts: its language, its headings, and how much
/// of it is links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The language tag of its `<html lang>`, or empty.
    pub language: String,
    /// Its headings in the order in which they stand.
    pub headings: Vec<Heading>,
    /// How many of 100 bytes of its text stand in links.
    pub linked: u8,
}

/// A heading, or the term of a definition that has an anchor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Byte offset in the text where it begins.
    pub start: u32,
    /// Byte offset in the text where it ends.
    pub end: u32,
    /// From 1, the page's own, to 6; and 7 for the term of a definition.
    pub level: u8,
    /// The `id` that a link can lead to, or empty: its own, or that of the
    /// section it begins.
    pub anchor: String,
}
