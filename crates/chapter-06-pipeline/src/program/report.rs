//! A finished run's numbers, as data and as JSON.

use serde::Serialize;

use super::failure::Failure;
use super::index::Index;
use super::printable::printable_json;

/// A finished run in numbers. Its JSON form has these names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Documents in the index.
    pub documents: usize,
    /// Documents that failed; each is in `failures`.
    pub failed: usize,
    /// Pages that were found by their links and passed over; each is in
    /// `skips`.
    pub skipped: usize,
    /// Documents not begun, or not finished, because the run was interrupted.
    pub unfinished: usize,
    /// Documents that an earlier run had done; they are counted above, too.
    pub resumed: usize,
    /// Bytes of the bodies in the index, after decompression.
    pub bytes: u64,
    /// Words in the index.
    pub words: u64,
    /// Distinct words in the index.
    pub terms: usize,
    /// The most frequent words.
    pub top: Vec<Count>,
    /// The documents that failed, by URL.
    pub failures: Vec<Failure>,
    /// The pages that were passed over, by URL: `robots.txt` disallows them,
    /// they ask not to be indexed, redirect to another host, or are no text.
    pub skips: Vec<Failure>,
    /// The links, if they were followed.
    pub follow: Option<Followed>,
    /// How long the run took.
    pub seconds: f64,
    /// Where the time went.
    pub stages: Stages,
    /// Requests sent and files opened, repeated ones included.
    pub requests: u64,
    /// How many of them were repetitions.
    pub retries: u64,
    /// Connections made.
    pub connections: u64,
    /// The bound on documents in flight; of an automatic run, the largest that
    /// it was.
    pub concurrency: usize,
    /// The most documents that were in flight.
    pub peak_in_flight: usize,
    /// The most bytes of bodies that were in memory at once.
    pub peak_bytes: u64,
    /// Threads that digested.
    pub threads: usize,
}

/// The pages that were found by following links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Followed {
    /// How many links away from a given page others were taken.
    pub depth: u32,
    /// Pages that were found: indexed, failed, skipped, unfinished, or
    /// redirects.
    pub pages: usize,
    /// Redirects among them. Where they lead is a page of its own.
    pub redirects: usize,
    /// Whether there were more pages than the run was to take.
    pub truncated: bool,
    /// Sites that ask for a pause between two requests.
    pub delays: Vec<Delay>,
}

/// A site's `Crawl-delay`, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delay {
    /// Scheme, host and port.
    pub site: String,
    /// The pause that its `robots.txt` asks for.
    pub asked: f64,
    /// The pause that was kept.
    pub kept: f64,
}

/// Seconds spent in each stage, summed over all documents: stages overlap, so
/// the sum is more than the run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stages {
    /// Waiting for bodies.
    pub fetch: f64,
    /// Taking documents apart.
    pub digest: f64,
    /// Adding them to the index.
    pub index: f64,
    /// Sorting the finished index, once.
    pub finish: f64,
}

/// A word and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The word.
    pub word: String,
    /// Its occurrences.
    pub count: u64,
}

impl Report {
    /// Puts the most frequent words of the index in.
    #[must_use]
    pub fn with_top(mut self, index: &Index, count: usize) -> Self {
        let top = index.top(count).into_iter();
        self.top = top
            .map(|(word, count)| Count { word: word.to_owned(), count })
            .collect();
        self
    }

    /// One JSON object, indented.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        printable_json(
            &json.expect("a report has only strings, numbers and lists"),
        )
    }
}

#[cfg(test)]
pub(crate) mod tests;
