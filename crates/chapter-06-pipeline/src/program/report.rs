//! What was done, for a person, a program, or a spreadsheet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use bytesize::ByteSize;
use indicatif::HumanCount;
use serde::Serialize;

use super::failure::{Failure, Kind};
use super::index::Index;

/// What a run has done. Its JSON form has these names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Documents in the index.
    pub documents: usize,
    /// Documents that failed; each is in `failures`.
    pub failed: usize,
    /// Pages that were found by their links and passed over; each is in `skips`.
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
    /// The pages that were passed over, by URL: `robots.txt` disallows them, they ask not to be
    /// indexed, redirect to another host, or are no text.
    pub skips: Vec<Failure>,
    /// What came of following links, if they were followed.
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
    /// The bound on documents in flight; of an automatic run, the largest that it was.
    pub concurrency: usize,
    /// The most that were.
    pub peak_in_flight: usize,
    /// The most bytes of bodies that were in memory at once.
    pub peak_bytes: u64,
    /// Threads that digested.
    pub threads: usize,
}

/// What came of following links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Followed {
    /// How many links away from a given page others were taken.
    pub depth: u32,
    /// Pages that were found: indexed, failed, skipped, unfinished, or redirects.
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
    /// What its `robots.txt` asks for.
    pub asked: f64,
    /// What was kept.
    pub kept: f64,
}

/// Seconds spent in each stage, summed over all documents: stages overlap, so the sum is more than
/// the run took.
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
        self.top = top.map(|(word, count)| Count { word: word.to_owned(), count }).collect();
        self
    }

    /// One JSON object, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has only strings, numbers and lists")
    }

    /// One row a document, indexed, failed or skipped: `url,outcome,detail,title,words,bytes`.
    pub fn to_csv(&self, index: &Index) -> String {
        let indexed = index.documents().iter().map(|document| {
            let (words, bytes) = (document.words.to_string(), document.bytes.to_string());
            let (url, title) = (printable(document.url()), printable(document.title()));
            [url, "indexed".into(), String::new(), title, words, bytes]
        });
        let failed = self.failures.iter().chain(&self.skips).map(|failure| {
            let (url, detail) = (printable(&failure.url), printable(&failure.detail));
            [url, failure.kind.name().into(), detail, String::new(), String::new(), String::new()]
        });
        let header = ["url", "outcome", "detail", "title", "words", "bytes"];
        csv([header.map(str::to_owned)].into_iter().chain(indexed).chain(failed))
    }

    /// The report as a person reads it, with ANSI styles; print it through `anstream`.
    pub fn to_table(&self) -> String {
        let bold = Style::new().bold();
        let mut out = String::new();
        let mut row = |name: &str, value: String| {
            let _ = writeln!(out, "  {name:<12} {value}");
        };
        row("documents", format!("{bold}{}{bold:#} indexed", HumanCount(self.documents as u64)));
        if self.failed > 0 {
            row("failed", self.failed.to_string());
        }
        if self.skipped > 0 {
            row("skipped", HumanCount(self.skipped as u64).to_string());
        }
        for (nth, line) in self.follow.iter().flat_map(Followed::lines).enumerate() {
            row(if nth == 0 { "links" } else { "" }, line);
        }
        if self.resumed > 0 {
            row("resumed", format!("{} done by an earlier run", HumanCount(self.resumed as u64)));
        }
        if self.unfinished > 0 {
            row("unfinished", format!("{} (interrupted)", HumanCount(self.unfinished as u64)));
        }
        row("size", ByteSize(self.bytes).display().iec().to_string());
        row(
            "words",
            format!(
                "{}, {} of them distinct",
                HumanCount(self.words),
                HumanCount(self.terms as u64)
            ),
        );
        let each = |count: f64| count / self.seconds.max(1e-9);
        let rate = format!(
            "{:.2} s: {:.0} documents/s, {}/s",
            self.seconds,
            each(self.documents as f64),
            ByteSize(each(self.bytes as f64) as u64).display().iec(),
        );
        row("time", rate);
        let Stages { fetch, digest, index, finish } = self.stages;
        row(
            "stages",
            format!("fetch {fetch:.2} s, digest {digest:.2} s, index {index:.2} s (summed)"),
        );
        row("", format!("then finish {finish:.2} s"));
        let retries = HumanCount(self.retries);
        let over = match self.connections {
            0 => "no connection".to_owned(),
            1 => "1 connection".to_owned(),
            more => format!("{} connections", HumanCount(more)),
        };
        row(
            "attempts",
            format!("{}, {retries} of them retries, over {over}", HumanCount(self.requests)),
        );
        let flight = format!(
            "at most {} of {} allowed, with bodies of {}; {} threads digest",
            self.peak_in_flight,
            self.concurrency,
            ByteSize(self.peak_bytes).display().iec(),
            self.threads
        );
        row("in flight", flight);
        let top: Vec<String> = self
            .top
            .iter()
            .map(|top| format!("{} {}", cut(&printable(&top.word)), HumanCount(top.count)))
            .collect();
        for (nth, line) in lines(&top, 60).into_iter().enumerate() {
            row(if nth == 0 { "top words" } else { "" }, line);
        }
        self.failures_table(&mut out);
        out
    }

    fn failures_table(&self, out: &mut String) {
        let mut kinds: BTreeMap<(&str, Kind), Vec<&Failure>> = BTreeMap::new();
        for (what, failures) in [("failed", &self.failures), ("skipped", &self.skips)] {
            for failure in failures {
                kinds.entry((what, failure.kind)).or_default().push(failure);
            }
        }
        for ((what, kind), failures) in kinds {
            let _ = writeln!(out, "\n  {what}, {}: {}", kind.name(), failures.len());
            for failure in failures.iter().take(SHOWN) {
                let _ = writeln!(
                    out,
                    "    {}  {}",
                    printable(&failure.url),
                    printable(&failure.detail)
                );
            }
            if failures.len() > SHOWN {
                let _ = writeln!(
                    out,
                    "    … and {} more: --format json or csv lists all",
                    failures.len() - SHOWN
                );
            }
        }
    }
}

impl Followed {
    /// What a person wants to know of it.
    fn lines(&self) -> Vec<String> {
        let pages = match self.pages {
            1 => "1 page".to_owned(),
            more => format!("{} pages", HumanCount(more as u64)),
        };
        let redirects = match self.redirects {
            0 => String::new(),
            some => format!(", {} of them redirects", HumanCount(some as u64)),
        };
        let mut lines = vec![format!("{pages} up to {} links away{redirects}", self.depth)];
        if self.truncated {
            lines.push(format!("there are more than these {pages} (see --max-pages)"));
        }
        for Delay { site, asked, kept } in &self.delays {
            let kept = if kept < asked { format!(", given {kept} s") } else { String::new() };
            lines.push(format!("{} asks for {asked} s between requests{kept}", printable(site)));
        }
        lines
    }
}

/// The parts with commas between them, in lines of at most so many columns.
fn lines(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() + 2 <= width => {
                line.push_str(", ");
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// A word of no more than a line.
fn cut(word: &str) -> String {
    match word.char_indices().nth(40) {
        None => word.to_owned(),
        Some((end, _)) => format!("{}…", &word[..end]),
    }
}

/// Failures of one kind that a table shows.
const SHOWN: usize = 10;

/// Rows as CSV (RFC 4180).
pub fn csv<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows of one length fit into memory");
    }
    let bytes = writer.into_inner().expect("memory takes what is flushed to it");
    String::from_utf8(bytes).expect("the rows were strings")
}

/// What comes from a server must not move the cursor, nor turn the line around it.
pub fn printable(text: &str) -> String {
    let harmful =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if harmful(c) { ' ' } else { c }).collect()
}

/// A duration in the unit that suits it.
pub fn human(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let failures = (0..12)
            .map(|n| Failure {
                url: format!("http://a/{n}\u{7}"),
                kind: Kind::Status,
                detail: "404 Not Found".into(),
            })
            .collect();
        Report {
            documents: 1_772,
            failed: 12,
            skipped: 1,
            unfinished: 0,
            resumed: 0,
            bytes: 66_213_422,
            words: 1_700_000,
            terms: 31_000,
            top: vec![Count { word: "the".into(), count: 99_000 }],
            failures,
            skips: vec![Failure {
                url: "http://a/private".into(),
                kind: Kind::Robots,
                detail: "robots.txt disallows it".into(),
            }],
            follow: Some(Followed {
                depth: 2,
                pages: 1_790,
                redirects: 5,
                truncated: true,
                delays: vec![Delay { site: "http://a".into(), asked: 60.0, kept: 30.0 }],
            }),
            seconds: 0.5,
            stages: Stages::default(),
            requests: 1_790,
            retries: 6,
            connections: 64,
            concurrency: 64,
            peak_in_flight: 64,
            peak_bytes: 2_500_000,
            threads: 2,
        }
    }

    #[test]
    fn a_table_is_short_and_says_how_to_see_the_rest() {
        let table = report().to_table();
        assert!(table.contains("the 99,000"), "{table}");
        assert!(table.contains("failed, status: 12") && table.contains("and 2 more"), "{table}");
        assert!(!table.contains('\u{7}'), "a URL rang the bell");
        assert!(table.contains("1,790 pages up to 2 links away, 5 of them redirects"), "{table}");
        assert!(table.contains("more than these 1,790 pages (see --max-pages)"), "{table}");
        assert!(table.contains("http://a asks for 60 s between requests, given 30 s"), "{table}");
        assert!(table.contains("skipped, robots: 1\n    http://a/private"), "{table}");
    }

    #[test]
    fn json_has_the_documented_names() {
        let json: serde_json::Value =
            serde_json::from_str(&report().to_json()).expect("it is JSON");
        for name in [
            "documents",
            "failed",
            "skipped",
            "bytes",
            "words",
            "terms",
            "top",
            "failures",
            "skips",
            "follow",
            "seconds",
        ] {
            assert!(json.get(name).is_some(), "{name}");
        }
        assert_eq!(json["failures"][0]["kind"], "status");
        assert_eq!(json["top"][0]["count"], 99_000);
    }
}
