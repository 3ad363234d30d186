//! The program: sources in, an index and a report out.
//!
//! ```text
//! run        a round after another; a lane a site, a task a document; the bridge to Rayon
//!  │
//!  ├── crawl      what is next where links are followed, and what robots.txt allows
//!  ├── journal    what is done, on disk
//!  ├── sources    what a person names, as a list of documents (sitemap)
//!  ├── report     what a run did, as numbers
//!  │
//!  ├── index      postings, merged and saved; ranked search
//!  ├── digest     a body into its title, text, terms and links
//!  ├── fetch      one request; limits, retries and redirects
//!  │
//!  └── source  body  directives  failure  progress  printable      values
//! ```
//!
//! A module knows those below it and none above.

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
pub mod report;
pub mod run;
mod sitemap;
pub mod source;
pub mod sources;
