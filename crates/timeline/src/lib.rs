#![doc = include_str!("../README.md")]
//!
//! # In this crate
//!
//! - [`timeline()`] starts a recording, [`Timeline::draw`] ends and prints it,
//!   [`Timeline::finish`] ends and returns it.
//! - [`layer`] and [`Recorder`]: the `tracing_subscriber` layer that notes when
//!   each span is created, entered, left and closed, and on which thread.
//! - [`Recording`], [`Row`], [`Stay`]: what it noted, as data that a test can
//!   ask.
//! - [`draw`], [`svg::draw`], [`chrome::draw`]: three pictures of a recording.
//! - [`Style`], [`View`], [`set_style`], [`on_draw`]: for a program that lets
//!   its user choose.

pub mod chrome;
mod picture;
mod recorder;
mod recording;
mod style;
pub mod svg;
mod text;
mod timeline;

pub use crate::recorder::{Recorder, layer};
pub use crate::recording::{Recording, Row, Stay};
pub use crate::style::{Style, View, set_style, style};
pub use crate::text::draw;
pub use crate::timeline::{Timeline, install, on_draw, timeline};
