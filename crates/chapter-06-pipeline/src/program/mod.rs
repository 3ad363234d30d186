//! The program. Each module is one stage or one concern; stages know only their neighbors.
//!
//! ```text
//! sources ──► fetch (limits, attempts) ──► bridge ──► digest (html, words) ──► index ──► report
//!    ▲                                                   │
//!    └───────────── follow (robots): links ──────────────┘
//! ```

pub mod attempts;
pub mod bridge;
pub mod concurrency;
pub mod digest;
pub mod failure;
pub mod fetch;
pub mod follow;
pub mod html;
pub mod index;
pub mod limits;
pub mod progress;
pub mod report;
pub mod retry;
pub mod robots;
pub mod run;
pub mod sources;
pub mod state;
pub mod words;
