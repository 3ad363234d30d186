//! The heart of the program: one source through fetch, bridge, digest and
//! index.
//!
//! ```text
//! permit ──► fetch ──► bridge ──► digest ──► index
//! ```
//!
//! Whatever else a run does with a document is [attached](Attached), and
//! answers here to a few plain questions: how is it asked for, what is wanted
//! of it, what becomes of it.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::attached::Attached;
use super::bridge::{Bridge, panic_message};
use super::outcome::Outcome;
use super::plan::DigestFn;
use crate::program::body::Body;
use crate::program::digest::Digest;
use crate::program::failure::Kind;
use crate::program::fetch::attempts::Attempts;
use crate::program::fetch::limits::Permit;
use crate::program::fetch::{Response, Transport};
use crate::program::index::Builder;
use crate::program::progress::Progress;
use crate::program::source::Source;

/// The stages of one run, and what is attached to them.
pub(super) struct Pipeline<T> {
    pub(super) attempts: Attempts<T>,
    pub(super) bridge: Bridge,
    pub(super) digest: DigestFn,
    pub(super) index: Builder,
    pub(super) attached: Attached,
    pub(super) progress: Arc<Progress>,
    pub(super) stop: CancellationToken,
}

/// Takes a document from its request into the index. A panic on the way is this
/// document's failure and nobody else's.
pub(super) async fn document<T: Transport>(
    pipeline: Arc<Pipeline<T>>,
    source: Source,
    permit: Permit,
) -> Outcome {
    let url = pipeline.attached.name(&source);
    let way = fetch_and_digest(Arc::clone(&pipeline), source, &url, permit);
    let outcome = AssertUnwindSafe(way).catch_unwind().await;
    outcome.unwrap_or_else(|payload| {
        pipeline.attached.failed(&url, Kind::Panic, panic_message(&*payload))
    })
}

// ANCHOR: document
async fn fetch_and_digest<T: Transport>(
    pipeline: Arc<Pipeline<T>>,
    source: Source,
    url: &str,
    permit: Permit,
) -> Outcome {
    let Pipeline { attempts, bridge, attached, progress, stop, .. } =
        &*pipeline;
    let fetch = attempts.get(&source, attached.accept(), permit);
    let fetch =
        fetch.instrument(info_span!("fetch", url, host = source.host()));
    // Stopped: the request is dropped where it is, and the permit with it.
    let Some((response, mut permit)) = stop.run_until_cancelled(fetch).await
    else {
        return Outcome::Unfinished;
    };
    let mut body = match response {
        Ok(Response::Body(body)) => body,
        Ok(Response::Redirect(to)) => {
            return attached.redirected(url, to.as_str());
        }
        Err(error) => return attached.failed(url, error.kind, error.detail),
    };
    permit.leave_host();

    let uncounted = || progress.memory.hold(body.bytes.len() as u64);
    let in_memory = body.held.take().unwrap_or_else(uncounted);
    let (shared, address, span) =
        (Arc::clone(&pipeline), url.to_owned(), info_span!("digest", url));
    let work = move || {
        // The permit ends with the work, even if nobody waits for it anymore;
        // and after the span, so that a timeline never shows more documents
        // than are allowed.
        let _permit = permit;
        let _in_memory = in_memory;
        let span = span;
        span.in_scope(|| shared.digest_and_index(&address, &body))
    };
    let outcome = bridge.run(work).await;
    outcome.unwrap_or_else(|panicked| {
        attached.failed(url, Kind::Panic, panicked.0)
    })
}
// ANCHOR_END: document

// ANCHOR: compute
impl<T> Pipeline<T> {
    /// The part that computes, on a thread of the pool.
    fn digest_and_index(&self, url: &str, body: &Body) -> Outcome {
        if self.stop.is_cancelled() {
            return Outcome::Unfinished;
        }
        let start = Instant::now();
        let digest = self.digest(url, body);
        self.progress.digesting.add(start);
        let digest = match digest {
            Ok(digest) => digest,
            Err(outcome) => return outcome,
        };

        let start = Instant::now();
        let _span = info_span!("index").entered();
        self.index.add(url, body.size(), digest);
        self.progress.indexing.add(start);
        Outcome::Indexed
    }

    /// The digest of a document for the index, or the outcome of one that does
    /// not come into it.
    fn digest(&self, url: &str, body: &Body) -> Result<Digest, Outcome> {
        let digest = || (self.digest)(body, self.attached.extract());
        // A panic is caught here and not by the bridge: its outcome must be
        // known before the permit is given back.
        let digest = panic::catch_unwind(AssertUnwindSafe(digest));
        let (kind, detail) = match digest {
            Ok(Ok(digest)) => {
                self.attached.digested(url, body, &digest)?;
                return Ok(digest);
            }
            Ok(Err(error)) => (error.kind(), error.to_string()),
            Err(payload) => (Kind::Panic, panic_message(&*payload)),
        };
        Err(self.attached.failed(url, kind, detail))
    }
}
// ANCHOR_END: compute
