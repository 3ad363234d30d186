//! Runs a chapter's lessons and draws the timeline of what waited and what ran.
//!
//! A chapter's binary is one line, [`main`] with the chapter's table of [`Lesson`]s. A lesson is
//! ordinary Rust with ordinary `tracing` spans; what it wants to be seen it puts between
//! [`timeline`] and [`Timeline::draw`]:
//!
//! ```
//! use tracing::info_span;
//!
//! let timeline = lessons::timeline("two threads");
//! std::thread::scope(|scope| {
//!     for cup in 1..=2 {
//!         let brew = info_span!("brew", cup);
//!         scope.spawn(move || brew.in_scope(|| std::thread::yield_now()));
//!     }
//! });
//! timeline.draw();
//! ```
//!
//! - [`runner`](main): arguments, `--list`, one lesson or all, exit codes.
//! - [`measure`]: arms in turn, a control, and tables.
//! - [`hide_panics`]: keeps panics that are made on purpose off the terminal.
//! - [`Recorder`]: the `tracing_subscriber` layer that notes when each span was created, entered,
//!   left and closed, and on which thread.
//! - [`Recording`]: what it noted, as data that a test can ask.
//! - [`draw`], [`svg::draw`], [`chrome::draw`]: three pictures of one recording.

pub mod measure;
mod panics;
mod runner;
mod timeline;

pub use panics::{HiddenPanics, hide_panics};
pub use runner::{Lesson, main, style};
pub use timeline::chrome;
pub use timeline::model::{Recording, Row, Run};
pub use timeline::record::{Recorder, Timeline, install, timeline};
pub use timeline::svg;
pub use timeline::text::{Style, View, draw};
