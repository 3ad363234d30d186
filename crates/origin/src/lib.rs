//! A local web server for lessons and tests: real pages, latency and faults, on
//! loopback only.
//!
//! ```
//! use std::time::Duration;
//! use origin::{Fault, Generator, Origin, Site};
//!
//! let site = Site::generated(Generator { pages: 20, ..Generator::default() });
//! let first = site.paths()[0].clone();
//! let origin = Origin::serve(site)
//!     .latency(Duration::from_millis(20))
//!     .fault_times(&first, 2, Fault::Status(500))
//!     .start()?;
//! println!("open {}", origin.url_of(&first));
//! assert_eq!(origin.counts().requests, 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The server runs on a thread of its own, named `origin`, with a runtime of
//! its own: a lesson that blocks its runtime, pauses its clock or drops it
//! changes nothing here. Dropping the [`Origin`] ends it.
//!
//! # Layout
//! - `site`: the pages to serve, [`Site`]; `rust_docs` makes one of the
//!   documentation on this disk.
//! - `generate`: pages made to measure, [`Generator`].
//! - `fault`: [`Fault`], and on which request each happens.
//! - `server`: the builder, the thread and the accept loop, [`Origin`].
//! - `respond`: one request to one reply; `body` sends it step by step; `wire`
//!   is the socket below hyper, where the reset and the bandwidth limit happen.
//! - `counts`: requests, connections and bytes, [`Counts`].
//! - `charset`, `gzip`, `paths`, `random`: encodings, compression, URL paths
//!   and numbers that depend on nothing but their seed.

mod body;
mod charset;
mod counts;
mod fault;
mod generate;
mod gzip;
mod paths;
mod random;
mod respond;
mod rust_docs;
mod server;
mod site;
mod wire;

pub use charset::Charset;
pub use counts::Counts;
pub use fault::{Fault, RetryAfter, UnknownFault};
pub use generate::Generator;
pub use rust_docs::DEFAULT_RUST_DOCS;
pub use server::{Builder, Origin};
pub use site::{Site, SiteError};
