//! The program over workers, as processes: what it makes is what chapter 6
//! makes.
//!
//! Without a `nats-server` on this machine a test says in a line that it was
//! left out.

mod again;
mod command;
mod encrypted;
mod kills;
#[cfg(target_os = "linux")]
mod partition;
mod same;
mod stage;
