//! The program: sources in, an index and a report out.
//!
//! ```text
//! sources ──► fetch ──► bridge ──► digest ──► index ──► report
//!    ▲        (Tokio)             (Rayon)  (DashMap)
//!    └──────────────── crawl: links ──┘
//! ```
//!
//! It stands in layers. A module imports those below it and none above:
//!
//! ```text
//! serve                        the search as a page
//! run                          rounds, lanes, documents; the bridge; how many at once
//! crawl    sources             pages that links lead to, robots.txt; the sources a person names
//! journal  report  sitemap     the record of a run on disk; its numbers
//! index                        postings, built, merged, saved, searched
//! digest   fetch               a body taken apart; requests under limits, with retries
//! body                         ┐
//! directives refresh           │ values
//! progress source              │
//! failure  printable           ┘
//! ```

pub mod body;
pub mod crawl;
pub mod digest;
pub mod directives;
pub mod failure;
pub mod fetch;
pub mod index;
pub mod journal;
pub mod printable;
pub mod progress;
pub mod refresh;
pub mod report;
pub mod run;
pub mod serve;
mod sitemap;
pub mod source;
pub mod sources;
