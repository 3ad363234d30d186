//! Whatever a run does beside its stages: following links, asking `robots.txt`,
//! keeping a journal.
//!
//! Each is attached at three places and at no other, so the heart of the
//! program names none of them, and a further one is a field and a few lines
//! here:
//!
//! - what is next: [`begin`](Attached::begin), [`next`](Attached::next),
//!   [`restore`](Attached::restore), [`finish`](Attached::finish);
//! - may it be asked for: [`admit`](Attached::admit), and how:
//!   [`accept`](Attached::accept), [`extract`](Attached::extract);
//! - what became of it: [`digested`](Attached::digested),
//!   [`redirected`](Attached::redirected), [`failed`](Attached::failed).

use std::borrow::Cow;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::bridge::{Bridge, panic_message};
use super::outcome::{Outcome, Tally};
use super::plan::Plan;
use crate::program::body::Body;
use crate::program::crawl::Crawl;
use crate::program::crawl::robots::{self, Access};
use crate::program::digest::{Digest, Extract, Unreadable, collect};
use crate::program::failure::{Failure, Kind};
use crate::program::fetch::attempts::{Accept, Attempts};
use crate::program::fetch::{self, Transport};
use crate::program::index::Builder;
use crate::program::journal::{Journal, JournalError, Record, RecordedOutcome};
use crate::program::report::Followed;
use crate::program::source::{Source, without_password};

/// The concerns beside the stages of one run.
pub(super) struct Attached {
    /// The crawl, if links are followed.
    crawl: Option<Arc<Crawl>>,
    /// The record of what is done, if one is kept.
    journal: Option<Arc<Journal>>,
    stop: CancellationToken,
    /// The reason why the run stopped itself.
    broken: OnceLock<JournalError>,
}

/// First place: what is next?
impl Attached {
    /// The concerns of a run, and its first round of sources.
    pub(super) fn begin(
        plan: &Plan,
        sources: Vec<Source>,
        stop: CancellationToken,
    ) -> (Attached, Vec<Source>) {
        let (crawl, first) = match plan.follow {
            Some(follow) => {
                let (crawl, first) =
                    Crawl::begin(follow, plan.redirects, sources);
                (Some(Arc::new(crawl)), first)
            }
            None => (None, sources),
        };
        (
            Attached {
                crawl,
                journal: plan.journal.clone(),
                stop,
                broken: OnceLock::new(),
            },
            first,
        )
    }

    /// The next round, once all sources of the last one have ended. Empty if
    /// the run is over.
    pub(super) fn next(&self) -> Vec<Source> {
        self.crawl.as_ref().map(|crawl| crawl.next()).unwrap_or_default()
    }

    /// Of a round the sources that are still to be fetched, and the outcomes of
    /// those that an earlier run has done: their documents are brought back
    /// into the index.
    pub(super) fn restore(
        &self,
        index: &Builder,
        round: Vec<Source>,
    ) -> (Vec<Source>, Vec<Outcome>) {
        let Some(journal) =
            self.journal.as_ref().filter(|journal| journal.done() > 0)
        else {
            return (round, Vec::new());
        };
        let (mut rest, mut done) = (Vec::new(), Vec::new());
        for source in round {
            let url = self.name(&source);
            match journal.take(&url) {
                Some(record) => done.push((url, record)),
                None => rest.push(source),
            }
        }
        let done = done
            .into_par_iter()
            .map(|(url, record)| self.restored(index, &url, record));
        (rest, done.collect())
    }

    fn restored(
        &self,
        index: &Builder,
        url: &str,
        record: Record<'static>,
    ) -> Outcome {
        if let Some(crawl) = &self.crawl {
            crawl.add(&record.links);
        }
        match record.outcome {
            RecordedOutcome::Indexed { bytes, title, text, outline } => {
                let [title, text] = [title, text].map(Cow::into_owned);
                index.add(
                    url,
                    bytes,
                    collect(title, text, outline.into_owned()),
                );
                Outcome::Indexed
            }
            RecordedOutcome::Failed(failure) => {
                self.outcome_of(failure.into_owned())
            }
            RecordedOutcome::Redirect(to) => self.redirect(url, &to),
        }
    }

    /// Completes the outcomes when no round is left, or none is to begin
    /// anymore.
    pub(super) fn finish(&self, tally: &mut Tally) {
        if let Some(crawl) = &self.crawl {
            tally.waiting = crawl.waiting();
            let loops = crawl.redirect_loops();
            tally.redirected -= loops.len();
            tally.failures.extend(loops);
        }
    }

    /// The report on the links that were followed, if they were.
    pub(super) fn followed(&self, tally: &Tally) -> Option<Followed> {
        self.crawl
            .as_ref()
            .map(|crawl| crawl.report(tally.redirected, tally.waiting))
    }

    /// The reason why the run stopped itself, if it did.
    pub(super) fn into_broken(self) -> Option<JournalError> {
        self.broken.into_inner()
    }
}

/// Second place: may it be asked for, and how?
impl Attached {
    /// Of the sources of one site those that may be asked for, and the outcomes
    /// of the others. Where links are followed, its `robots.txt` decides. It is
    /// asked for once, before anything else of the site.
    pub(super) async fn admit<T: Transport>(
        &self,
        attempts: &Attempts<T>,
        bridge: &Bridge,
        site: Option<String>,
        sources: Vec<Source>,
    ) -> (Vec<Source>, Vec<Outcome>) {
        let (Some(crawl), Some(site), Some(first)) =
            (&self.crawl, site, sources.first())
        else {
            return (sources, Vec::new());
        };
        let ask = crawl
            .site(&site)
            .access
            .get_or_init(|| access(attempts, bridge, first));
        let Some(access) =
            self.stop.run_until_cancelled(ask).await.map(Arc::clone)
        else {
            return (
                Vec::new(),
                sources.iter().map(|_| Outcome::Unfinished).collect(),
            );
        };
        // Hundreds of rules for thousands of pages are work for the pool.
        let (stop, named) = (self.stop.clone(), Arc::clone(crawl));
        let judge = move || {
            let (mut allowed, mut refused, mut left) =
                (Vec::new(), Vec::new(), 0);
            for source in sources {
                // Rules may be such that they take a minute.
                if stop.is_cancelled() {
                    left += 1;
                    continue;
                }
                // A stranger's rules that make their reader panic are that
                // page's failure.
                let refusal = panic::catch_unwind(AssertUnwindSafe(|| {
                    access.refusal(&source)
                }));
                let refusal = refusal.unwrap_or_else(|payload| {
                    Some((Kind::Panic, panic_message(&*payload)))
                });
                match refusal {
                    None => allowed.push(source),
                    Some((kind, detail)) => {
                        refused.push((named.name(&source), kind, detail))
                    }
                }
            }
            (allowed, refused, left)
        };
        let judged = bridge.run(judge).await;
        let (allowed, refused, left) =
            judged.expect("a panic over a page was caught");
        let refused = refused
            .into_iter()
            .map(|(url, kind, detail)| self.failed(&url, kind, detail));
        let left = (0..left).map(|_| Outcome::Unfinished);
        (allowed, refused.chain(left).collect())
    }

    /// The name of a document in the index, the report and the journal.
    pub(super) fn name(&self, source: &Source) -> String {
        self.crawl
            .as_ref()
            .map_or_else(|| source.to_string(), |crawl| crawl.name(source))
    }

    /// The responses that a document may end with.
    pub(super) fn accept(&self) -> Accept<'static> {
        if self.crawl.is_some() { Accept::PageOrRedirect } else { Accept::Page }
    }

    /// The parts of a document that are wanted.
    pub(super) fn extract(&self) -> Extract {
        if self.crawl.is_some() { Extract::TextAndLinks } else { Extract::Text }
    }
}

/// Third place: what became of it?
impl Attached {
    /// Takes note of a document that is about to be added to the index.
    ///
    /// # Errors
    /// The outcome of a document that must not be added.
    pub(super) fn digested(
        &self,
        url: &str,
        body: &Body,
        digest: &Digest,
    ) -> Result<(), Outcome> {
        let (noindex, links) = match &self.crawl {
            None => (false, Vec::new()),
            Some(crawl) => {
                let asked = body.directives.and(digest.links.directives);
                let links = if asked.nofollow {
                    Vec::new()
                } else {
                    crawl.links(url, &digest.links)
                };
                (asked.noindex, links)
            }
        };
        let reason = match (noindex, digest.links.no_text) {
            (true, _) => {
                Some((Kind::NoIndex, "asks not to be indexed".to_owned()))
            }
            (false, true) => {
                Some((Kind::NoText, Unreadable::NoText.to_string()))
            }
            (false, false) => None,
        };
        let failure = reason.map(|(kind, detail)| Failure {
            url: url.to_owned(),
            kind,
            detail,
        });
        self.append(url, || {
            let outcome = match &failure {
                Some(failure) => {
                    RecordedOutcome::Failed(Cow::Borrowed(failure))
                }
                None => RecordedOutcome::Indexed {
                    bytes: body.size(),
                    title: Cow::Borrowed(&digest.title),
                    text: Cow::Borrowed(&digest.text),
                    outline: Cow::Borrowed(&digest.outline),
                },
            };
            Record { outcome, links: Cow::Borrowed(&links) }
        })?;
        // Recorded first: a page that was found is found again when the run
        // goes on.
        if let Some(crawl) = &self.crawl {
            crawl.add(&links);
        }
        failure.map_or(Ok(()), |failure| Err(self.outcome_of(failure)))
    }

    /// The outcome of a redirect that is not followed at once. It is recorded
    /// as what it is: whether the crawl goes where it leads is found out anew
    /// when the run goes on.
    pub(super) fn redirected(&self, url: &str, to: &str) -> Outcome {
        let to = &*without_password(to);
        let record = || RecordedOutcome::Redirect(Cow::Borrowed(to)).into();
        match self.append(url, record) {
            Ok(()) => self.redirect(url, to),
            Err(outcome) => outcome,
        }
    }

    /// The outcome of a document that failed. Its record is a line of text into
    /// the system's memory, which is not worth a trip over the bridge.
    pub(super) fn failed(
        &self,
        url: &str,
        kind: Kind,
        detail: impl Into<String>,
    ) -> Outcome {
        let failure =
            Failure { url: url.to_owned(), kind, detail: detail.into() };
        match self.append(url, || {
            RecordedOutcome::Failed(Cow::Borrowed(&failure)).into()
        }) {
            Ok(()) => self.outcome_of(failure),
            Err(outcome) => outcome,
        }
    }

    fn redirect(&self, url: &str, to: &str) -> Outcome {
        let followed = match &self.crawl {
            Some(crawl) => crawl.redirect(url, to),
            None => Err((Kind::Redirect, format!("redirects to {to}"))),
        };
        match followed {
            Ok(()) => Outcome::Redirected,
            Err((kind, detail)) => {
                self.outcome_of(Failure { url: url.to_owned(), kind, detail })
            }
        }
    }

    /// Where links are followed, a page that this program is not to read is no
    /// failure.
    fn outcome_of(&self, failure: Failure) -> Outcome {
        if self.crawl.is_some() && failure.kind.is_no_fault() {
            Outcome::Skipped(failure)
        } else {
            Outcome::Failed(failure)
        }
    }

    /// Appends to the journal, if there is one. If it cannot be written, the
    /// run stops, because what it does can no longer be kept.
    fn append<'a>(
        &self,
        url: &str,
        record: impl FnOnce() -> Record<'a>,
    ) -> Result<(), Outcome> {
        let Some(journal) = &self.journal else { return Ok(()) };
        journal.append(url, &record()).map_err(|error| {
            // The first error says it all.
            let _ = self.broken.set(error);
            self.stop.cancel();
            Outcome::Unfinished
        })
    }
}

/// Asks for the `robots.txt` of the site of a page, and keeps to the pace that
/// it asks for.
async fn access<T: Transport>(
    attempts: &Attempts<T>,
    bridge: &Bridge,
    page: &Source,
) -> Arc<Access> {
    let (Source::Url(page), Some(host)) = (page, page.host()) else {
        unreachable!("a file has no site");
    };
    let url = page.join("/robots.txt").expect("it is a URL on any host");
    let ask =
        attempts.bytes_as(&url, Some(robots::MAX_BYTES), robots::REDIRECTS);
    let shown = Source::Url(url.clone());
    let answer = ask.instrument(info_span!("robots", url = %shown)).await;
    let read = bridge.run(move || Access::of(answer)).await;
    let access = read.unwrap_or_else(|panicked| {
        Access::Unreachable(fetch::Error::lasting(Kind::Panic, panicked.0))
    });
    if let Some(delay) = access.delay() {
        attempts.limits.slow_down(&host, delay.min(robots::LONGEST_DELAY));
    }
    Arc::new(access)
}
