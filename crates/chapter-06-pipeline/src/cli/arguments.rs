//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, Parser, ValueEnum};

use crate::program::crawl::Follow;
use crate::program::fetch;
use crate::program::index::{Query, QueryError};
use crate::program::run::Plan;
use crate::program::run::concurrency::Concurrency;

#[derive(Parser)]
#[command(name = "chapter-06", version)]
pub(super) enum Command {
    /// Fetch documents and build a full-text index of them
    #[command(after_help = AFTER_INDEX)]
    Index(IndexArguments),
    /// Search a saved index, or index sources and search them at once
    #[command(after_help = AFTER_SEARCH)]
    Search(SearchArguments),
    /// Search in a browser: a page on this machine, of a saved index or of
    /// sources
    #[command(after_help = AFTER_SERVE)]
    Serve(ServeArguments),
}

const AFTER_INDEX: &str = "\
Examples:
  chapter-06 index                              the Rust documentation on this disk
  chapter-06 index --save rust.overlap          the same, kept for `search`
  chapter-06 index https://example.org/ docs/   a page and a directory
  chapter-06 index --sitemap https://example.org/sitemap.xml --rate 5
  chapter-06 index --follow 2 https://example.org/book/
  chapter-06 index --state half-done docs/      goes on where an earlier run with it ended

Exit codes: 0 all documents are indexed, 1 some failed (they are listed), 2 wrong usage or nothing
to do, 130 interrupted by Ctrl-C, SIGTERM or SIGHUP (the report says what was done until then).
Pages that --follow passes over (robots.txt disallows them, they are no text, ...) are listed, and
are no failures as long as any page is indexed.";

const AFTER_SEARCH: &str = "\
Several words mean all of them, quotes mean a phrase, `Hash*` any word that begins so; pages with a
word behind a `-` are left out. A path such as `Vec::push` finds the page or the section that it
leads to. Common words of a question (how, the) may be missing. If nothing has all that is asked for,
the nearest is shown, and a line says so. Where a word is in no document, nothing is found, and a
line names it. Of more than 32 words the rarest are looked for.

Examples:
  chapter-06 search 'borrow checker'
  chapter-06 search '\"data race\" thread' --index rust.overlap
  chapter-06 search 'lock -mutex' std/          a directory, indexed first
  chapter-06 search -- '-mutex lock'            `--` comes before a query that begins with `-`
  chapter-06 search --index rust.overlap        asks for one query after another

Exit codes: 0 something was found, 1 nothing was found, 2 wrong usage, 130 interrupted.";

const AFTER_SERVE: &str = "\
It answers at http://127.0.0.1:PORT/, to this machine alone, until Ctrl-C, SIGTERM or SIGHUP. Then it
answers what was asked before, and ends. Documents that are on this disk are behind their links,
without their scripts.

Examples:
  chapter-06 serve                              the Rust documentation on this disk
  chapter-06 serve --index rust.overlap         an index that `index --save` kept
  chapter-06 serve --port 0 docs/               a directory, on any free port

Exit codes: 2 wrong usage or nothing to do, 130 ended with Ctrl-C, SIGTERM or
SIGHUP.";

#[derive(Args)]
pub(super) struct From {
    /// URLs, files, or directories; the Rust documentation on this disk if none
    /// is given
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<OsString>,
    /// Read sources from a file, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) files_from: Vec<String>,
    /// Index the pages that a sitemap names
    #[arg(long, value_name = "URL")]
    pub(super) sitemap: Vec<String>,
    /// Follow links, up to DEPTH links away from the given URLs, on their hosts
    /// only
    #[arg(long, value_name = "DEPTH")]
    pub(super) follow: Option<u32>,
    /// Most pages to take when links are followed
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = count(10_000_000), requires = "follow")]
    pub(super) max_pages: usize,
    /// Keep a journal in this directory: a run that was interrupted or killed
    /// goes on from there
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    #[command(flatten)]
    pub(super) options: Options,
}

#[derive(Args)]
#[command(next_help_heading = "How to fetch")]
pub(super) struct Options {
    /// Documents in flight at once; `auto` takes as many as keep the processor
    /// busy
    #[arg(long, value_name = "N", default_value = "auto", value_parser = concurrency)]
    pub(super) concurrency: Concurrency,
    /// Requests to one host at once (files have no host)
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = count(10_000))]
    pub(super) per_host: usize,
    /// Requests to one host per second [default: as fast as it answers]
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Time limit for one request, with its body
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration)]
    pub(super) timeout: Duration,
    /// Time limit for making a connection
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(super) connect_timeout: Duration,
    /// Further attempts after one that may succeed later
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub(super) retries: u32,
    /// Redirects to follow
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=50))]
    pub(super) redirects: u32,
    /// Largest body, after decompression
    #[arg(long, value_name = "SIZE", default_value = "8MiB", value_parser = size)]
    pub(super) max_body: ByteSize,
    /// Threads that digest [default: by the number of cores]
    #[arg(long, value_name = "N", value_parser = count(512))]
    pub(super) threads: Option<usize>,
}

#[derive(Args)]
#[expect(missing_docs, reason = "clap would print it as the command's help")]
pub struct IndexArguments {
    /// Most frequent words to report
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub(super) top: u16,
    /// How to print the report; csv has a row for each document
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Keep the index for `search`
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,
    /// Write the timeline as a Chrome trace, for ui.perfetto.dev; the first
    /// 100,000 spans
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Write the timeline as a picture
    #[arg(long, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(super) from: From,
}

#[derive(Args)]
pub(super) struct SearchArguments {
    /// Words to look for; without them, queries are read from the standard
    /// input, one a line
    pub(super) query: Option<String>,
    /// Search an index that `index --save` kept
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "files_from", "sitemap", "follow", "state"])]
    pub(super) index: Option<PathBuf>,
    /// Most documents to show
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count(10_000))]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) reader: Reader,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) from: From,
}

#[derive(Args)]
pub(super) struct ServeArguments {
    /// Serve an index that `index --save` kept
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "files_from", "sitemap", "follow", "state"])]
    pub(super) index: Option<PathBuf>,
    /// Port to answer on; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 8006)]
    pub(super) port: u16,
    #[command(flatten)]
    pub(super) reader: Reader,
    #[command(flatten)]
    pub(super) from: From,
}

#[derive(Args)]
pub(super) struct Reader {
    /// Of equal pages show those in this language first [default: that of the
    /// environment (LANG)]
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
}

impl Reader {
    /// The query, asked by this reader.
    pub(super) fn parse(&self, text: &str) -> Result<Query, QueryError> {
        Ok(Query::parse(text)?.in_language(&self.language()))
    }

    /// The language that was asked for, or that of the environment, or English.
    pub(super) fn language(&self) -> String {
        let set =
            |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let environment =
            || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        let tag = self.lang.clone().or_else(environment).unwrap_or_default();
        match tag.split(['.', '@']).next() {
            None | Some("" | "C" | "POSIX") => "en".to_owned(),
            Some(tag) => tag.to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

fn count(
    most: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        Ok(_) => Err(format!("must be from 1 to {most}")),
        Err(_) => Err(format!("not a whole number from 1 to {most}")),
    }
}

fn concurrency(text: &str) -> Result<Concurrency, String> {
    if text == "auto" {
        return Ok(Concurrency::Auto);
    }
    let permits =
        count(10_000)(text).map_err(|error| format!("{error}, or auto"))?;
    Ok(Concurrency::Fixed(permits))
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=100_000.0).contains(&rate) => Ok(rate),
        _ => {
            Err("not a number of requests per second from 0.001 to 100000"
                .into())
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time)
            if (Duration::from_millis(1)..=Duration::from_secs(24 * 3600))
                .contains(&time) =>
        {
            Ok(time)
        }
        Ok(_) => Err("must be from 1ms to 24h".into()),
        Err(error) => Err(format!("{error}; write it as 500ms, 3s or 1m")),
    }
}

fn size(text: &str) -> Result<ByteSize, String> {
    match text.parse::<ByteSize>() {
        Ok(size) if (1..=1 << 30).contains(&size.as_u64()) => Ok(size),
        Ok(_) => Err("must be from 1 byte to 1GiB".into()),
        Err(_) => Err("not a size; write it as 500KB or 8MiB".into()),
    }
}

impl IndexArguments {
    /// The directory of the journal, if one is to be kept.
    pub fn state(&self) -> Option<&Path> {
        self.from.state.as_deref()
    }
}

impl From {
    /// Whether no source is named.
    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty()
            && self.files_from.is_empty()
            && self.sitemap.is_empty()
    }

    /// The run that the options ask for.
    pub(super) fn plan(&self) -> Plan {
        let follow = self
            .follow
            .map(|depth| Follow { depth, max_pages: self.max_pages });
        Plan { follow, ..self.options.plan() }
    }
}

impl Options {
    /// Those that decide which documents fail.
    pub(super) fn deciding(&self) -> String {
        let Options {
            timeout,
            connect_timeout,
            retries,
            redirects,
            max_body,
            ..
        } = self;
        let [timeout, connect] = [timeout, connect_timeout]
            .map(|time| humantime::format_duration(*time));
        format!(
            "--max-body {} --timeout {timeout} --connect-timeout {connect} --retries {retries} \
             --redirects {redirects}",
            max_body.display().iec_short()
        )
    }

    fn plan(&self) -> Plan {
        let plan = Plan::default();
        Plan {
            concurrency: self.concurrency,
            per_host: self.per_host,
            rate: self.rate,
            retries: self.retries,
            redirects: self.redirects,
            threads: self.threads.unwrap_or(plan.threads),
            fetch: fetch::Settings {
                connect_timeout: self.connect_timeout,
                timeout: self.timeout,
                max_body: self.max_body.as_u64(),
            },
            ..plan
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Command as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn sizes_and_times_are_written_as_people_write_them() {
        assert_eq!(duration("3s"), Ok(Duration::from_secs(3)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(size("8MiB").map(|size| size.as_u64()), Ok(8 << 20));
        for wrong in ["0s", "3", "-1s", "48h", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0", "2GiB", "large", "-5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn absurd_numbers_are_refused() {
        for wrong in [
            ["--concurrency", "0"],
            ["--concurrency", "1000000"],
            ["--per-host", "0"],
            ["--rate", "0"],
            ["--rate", "NaN"],
            ["--threads", "0"],
            ["--threads", "9999"],
            ["--retries", "-1"],
            ["--max-body", "0"],
            ["--timeout", "0s"],
            ["--follow", "-1"],
            ["--max-pages", "100"],
            ["--format", "xml"],
        ] {
            let error = Command::try_parse_from(
                ["chapter-06", "index"].into_iter().chain(wrong),
            )
            .err()
            .unwrap_or_else(|| panic!("{wrong:?} was accepted"));
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}
