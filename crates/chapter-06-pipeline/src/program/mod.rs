//! The program. Each module is one stage or one concern; stages know only their neighbors.
//!
//! ```text
//! sources ──► fetch (limits, retry) ──► bridge ──► digest (html, words) ──► index ──► report
//! ```

pub mod bridge;
pub mod concurrency;
pub mod digest;
pub mod failure;
pub mod fetch;
pub mod html;
pub mod index;
pub mod limits;
pub mod report;
pub mod retry;
pub mod run;
pub mod sources;
pub mod state;
pub mod words;
