//! Evidence that things overlapped, or did not: for tests, lessons and
//! exercises.
//!
//! Elapsed time proves little. On a busy machine two cores look like one, and
//! two jobs that merely took turns may still finish "soon enough". Each piece
//! here looks at the structure of what happened instead, so a sequential
//! program fails however fast the machine is, and a concurrent one passes
//! however slow.
//!
//! | piece | what it proves | what it does not prove |
//! |---|---|---|
//! | [`Rendezvous::meet`] | the parties stood on different threads at the same instant | that two *cores* ran them: the system may still take turns |
//! | [`Rendezvous::meet_async`] | all parties had started before any of them went on: concurrent | anything about threads: one is enough |
//! | [`Peak`] | how many were in flight at once, so that a bound was kept or reached | that those in flight made progress, or on which thread |
//! | [`polls()`], [`Polls`] | how often a future was polled, how long it kept its thread, whether a wake asked for it | why it was polled: a wake may be for a neighbor in the same task |
//! | [`Threads`] | which threads did the work, and how much each did | that they did it at the same time: use [`Rendezvous::meet`] |
//! | [`Ticker`] | that a runtime's thread was kept from its other tasks, and for how long at least | who kept it: a busy machine makes gaps too, so never assert that a gap was short |
//! | [`thread_cpu_time`] | that a thread slept while it waited, and did not spin | that it was woken, and did not look now and then: count polls |
//! | [`Drops`] | that a future was dropped, and whether it had finished | that work it had started elsewhere stopped too |
//! | [`Log`] | the order in which events reached the log | that the order is the same next time |
//! | [`printed`] | what a program prints that ends well; [`example`] is where one stands | that it prints the same next time |
//! | [`within()`] | that a test ended in time, and if not, which one | that the code is fast: choose a limit no slow machine reaches |
//!
//! [`PATIENT`] is the limit for `within`, for whatever will happen. The feature
//! `tokio` adds `beside_a_ticker`, the feature `paused` a test on virtual time.
//! All else needs only the standard library, so every piece works with any
//! runtime or none. Handles are cheap to clone, and all clones see the same
//! evidence. A panic in one party never spoils the evidence of the others:
//! poisoned locks are entered all the same.

mod cpu;
mod drops;
mod lock;
mod log;
mod peak;
mod polls;
mod program;
mod rendezvous;
#[cfg(test)]
mod testing;
mod threads;
mod ticker;
#[cfg(feature = "tokio")]
mod tokio;
mod within;

pub use cpu::thread_cpu_time;
pub use drops::{DropGuard, Drops};
pub use log::Log;
pub use peak::{InFlight, Peak};
pub use polls::{Polls, Watched, polls};
pub use program::{example, printed};
pub use rendezvous::{Missed, Rendezvous};
pub use threads::Threads;
pub use ticker::Ticker;
#[cfg(feature = "paused")]
pub use tokio::paused;
#[cfg(feature = "tokio")]
pub use tokio::{Beside, beside_a_ticker};
pub use within::{PATIENT, within};
