//! The program: fetch, bridge, digest, index, report. Each module is one stage.

pub mod digest;
pub mod html;
pub mod index;
pub mod words;
