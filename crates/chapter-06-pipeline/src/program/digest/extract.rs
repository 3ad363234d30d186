//! The parts of a page that are wanted.

/// The parts of a page that are wanted. Links take time, so they are not looked
/// for unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extract {
    /// Title and text.
    Text,
    /// Title, text, and links.
    TextAndLinks,
}
