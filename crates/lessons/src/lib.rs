//! Runs a chapter's lessons, measures, and hides panics that are made on
//! purpose: the plumbing of all chapters, with no subject of its own.
//!
//! A chapter's binary is one line, [`main`] with the chapter's table of
//! [`Lesson`]s. A lesson is ordinary Rust with ordinary `tracing` spans; what
//! it wants to be seen it puts between [`timeline::timeline`] and
//! [`timeline::Timeline::draw`].
//!
//! - [`main`]: arguments, `--list`, one lesson or all, exit codes, and what
//!   `--view`, `--svg` and `--trace` do with the timelines that the lessons
//!   draw.
//! - [`measure`]: arms in turn, a control, and tables.
//! - [`hide_panics`]: keeps panics that are made on purpose off the terminal.

pub mod measure;
mod panics;
mod runner;

pub use panics::{HiddenPanics, hide_panics};
pub use runner::{Lesson, SIGNPOST, main, main_beside};
