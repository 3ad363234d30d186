//! The same work, their way and ours: in Rust with other crates, in Go, in
//! Python, in C++, in JavaScript. `just compare NAME` runs all arms of a
//! comparison in turn on your machine.
//!
//! [`arms`] runs, [`show`] prints and draws, [`tools`] finds other languages'
//! tools. With the feature `arms` there are the comparisons themselves, and in
//! `ours` their arms in Rust. Those in other languages stand in `peers`, one
//! short file each.

pub mod arms;
#[cfg(feature = "arms")]
pub mod comparisons;
#[cfg(feature = "arms")]
pub mod ours;
pub mod show;
pub mod tools;
