//! Why a body has no digest.

use super::html::TooDeep;
use crate::program::failure::Kind;

/// Why a body has no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing, or nothing but white space.
    #[error("the body is empty")]
    Empty,
    /// It has a NUL byte among its first kilobytes, as no text has.
    #[error("the body is binary")]
    Binary,
    /// Its markup is nested too deep.
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
    /// It has words, and none of them is for reading: they stand in scripts,
    /// say.
    #[error("none of its words is text to read")]
    NoText,
    /// So many bytes are not what their declared encoding allows that it must
    /// be another one.
    #[error("the body is not valid {0}, which it says it is")]
    Charset(&'static str),
}

impl Unreadable {
    /// The kind of failure that a report counts it as.
    pub fn kind(&self) -> Kind {
        match self {
            Unreadable::Empty => Kind::Empty,
            Unreadable::TooDeep(_) => Kind::TooLarge,
            Unreadable::Binary => Kind::NotText,
            Unreadable::NoText => Kind::NoText,
            Unreadable::Charset(_) => Kind::Charset,
        }
    }
}
