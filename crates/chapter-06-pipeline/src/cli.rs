//! The commands `index` and `search`: arguments in, program called, results printed.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use bytesize::ByteSize;
use clap::{Args, Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use origin::{Origin, Site};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use crate::program::fetch::{self, Fetcher};
use crate::program::index::{Found, Index, Query};
use crate::program::report::{Report, grouped, human, printable};
use crate::program::run::{self, Plan, Progress};
use crate::program::sources::{Source, Sources};

/// What `chapter-06 --help` says first.
pub const ABOUT: &str = "The full Tokio + Rayon + DashMap program

Besides its lessons the chapter has two commands:
  chapter-06 index [SOURCE]...   index the Rust documentation, directories, or sites
  chapter-06 search QUERY        search what was indexed
Each says more with --help.";

/// Ctrl-C ends a program with this, by convention 128 + SIGINT.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(name = "chapter-06", version)]
enum Command {
    /// Fetch documents and build a full-text index of them
    #[command(after_help = AFTER_INDEX)]
    Index(IndexArguments),
    /// Search a saved index, or index sources and search them at once
    #[command(after_help = AFTER_SEARCH)]
    Search(SearchArguments),
}

const AFTER_INDEX: &str = "\
Examples:
  chapter-06 index                              the Rust documentation on this disk
  chapter-06 index --save rust.overlap          the same, kept for `search`
  chapter-06 index https://example.org/ docs/   a page and a directory
  chapter-06 index --sitemap https://example.org/sitemap.xml --rate 5

Exit codes: 0 all documents are indexed, 1 some failed (they are listed), 2 wrong usage or nothing
to do, 130 interrupted with Ctrl-C (the report says what was done until then).";

const AFTER_SEARCH: &str = "\
Several words mean all of them, quotes mean a phrase.

Examples:
  chapter-06 search 'borrow checker'
  chapter-06 search '\"data race\" thread' --index rust.overlap
  chapter-06 search lifetime docs/

Exit codes: 0 something was found, 1 nothing was found, 2 wrong usage, 130 interrupted.";

#[derive(Args)]
struct From {
    /// URLs, files, or directories; the Rust documentation on this disk if none is given
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Read sources from a file, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    files_from: Vec<String>,
    /// Index the pages that a sitemap names
    #[arg(long, value_name = "URL")]
    sitemap: Vec<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
#[command(next_help_heading = "How to fetch")]
struct Options {
    /// Documents in flight at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count(10_000))]
    concurrency: usize,
    /// Requests to one host at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = count(10_000))]
    per_host: usize,
    /// Requests to one host per second [default: as fast as it answers]
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
    /// For one request, with its body
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration)]
    timeout: Duration,
    /// For making a connection
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    connect_timeout: Duration,
    /// Further attempts after one that may succeed later
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    retries: u32,
    /// Redirects to follow
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=50))]
    redirects: u8,
    /// Largest body, after decompression
    #[arg(long, value_name = "SIZE", default_value = "8MiB", value_parser = size)]
    max_body: ByteSize,
    /// Threads that digest [default: by the number of cores]
    #[arg(long, value_name = "N", value_parser = count(512))]
    threads: Option<usize>,
}

#[derive(Args)]
struct IndexArguments {
    /// Most frequent words to report
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    top: u16,
    /// How to print the report; csv has a row for each document
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Keep the index for `search`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Write the timeline as a Chrome trace, for ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write the timeline as a picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct SearchArguments {
    /// What to look for
    query: String,
    /// Search an index that `index --save` kept
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "files_from", "sitemap"])]
    index: Option<PathBuf>,
    /// Most documents to show
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count(10_000))]
    limit: usize,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

fn count(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        Ok(_) => Err(format!("must be from 1 to {most}")),
        Err(_) => Err(format!("not a whole number from 1 to {most}")),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=100_000.0).contains(&rate) => Ok(rate),
        _ => Err("not a number of requests per second from 0.001 to 100000".into()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if (Duration::from_millis(1)..=Duration::from_secs(24 * 3600)).contains(&time) => {
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

/// What a command ends with when it does not end well.
type Failed = Box<dyn Error>;

/// Runs `index` or `search`.
pub fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Index(arguments) => index(arguments),
        Command::Search(arguments) => search(&arguments),
    };
    match result {
        Ok(code) => code,
        // The reader of a pipe has gone: nobody is left to tell.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// `RUST_LOG` decides what is logged to the standard error (`info`, `hyper=debug,warn`, …); nothing
/// without it. At `info` a line tells when each document left each stage. The timeline is recorded beside it.
pub fn subscribe() {
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    // `Targets` and not `EnvFilter`: the latter brings a regular expression engine, a quarter of
    // the time that the workspace's first build takes.
    let filter = asked.parse().unwrap_or_else(|error| {
        eprintln!("warning: RUST_LOG is not understood, nothing is logged: {error}");
        Targets::new()
    });
    let log = tracing_subscriber::fmt::layer()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_filter(filter);
    let subscriber = tracing_subscriber::registry().with(lessons::Recorder).with(log);
    // Nobody else has set one: this is the first line of `main`.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn index(arguments: IndexArguments) -> Result<ExitCode, Failed> {
    let table = arguments.format == Format::Table;
    let timeline = (table || arguments.trace.is_some() || arguments.svg.is_some())
        .then(|| lessons::timeline("documents"));
    let (index, report, interrupted) = build(&arguments.from, table)?;
    let recording = timeline.map(lessons::Timeline::finish);
    let report = report.with_top(&index, usize::from(arguments.top));

    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match arguments.format {
        Format::Table => {
            if let Some(recording) = &recording {
                write!(
                    out,
                    "{}\n{}",
                    lessons::draw(recording, &lessons::style()),
                    report.to_table()
                )?;
            }
        }
        Format::Json => writeln!(out, "{}", report.to_json())?,
        Format::Csv => report.write_csv(&index, &mut out)?,
    }
    out.flush()?;
    if let Some(recording) = recording {
        let pictures = [
            (&arguments.trace, lessons::chrome::draw(std::slice::from_ref(&recording))),
            (&arguments.svg, lessons::svg::draw(&[recording], &lessons::style())),
        ];
        for (path, picture) in pictures {
            let Some(path) = path else { continue };
            std::fs::write(path, picture)
                .map_err(|error| format!("cannot write '{}': {error}", path.display()))?;
        }
    }
    if let Some(path) = &arguments.save {
        let bytes = index
            .save(path)
            .map_err(|error| format!("cannot save the index as '{}': {error}", path.display()))?;
        eprintln!("saved {} as '{}'", ByteSize(bytes).display().iec(), path.display());
    }
    Ok(match (interrupted, report.failed) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
    })
}

/// Builds an index of what the arguments name. Returns whether Ctrl-C ended it early.
fn build(from: &From, talk: bool) -> Result<(Index, Report, bool), Failed> {
    let plan = from.options.plan();
    let runtime = run::runtime()?;
    let mut sources = Sources::new();
    for source in &from.sources {
        sources.add(source)?;
    }
    for list in &from.files_from {
        sources.add_list(list)?;
    }
    if !from.sitemap.is_empty() {
        let fetcher = Fetcher::new(&plan.fetch)?;
        for url in &from.sitemap {
            runtime.block_on(sources.add_sitemap(url, &fetcher))?;
        }
    }
    let mut sources = sources.into_vec();
    // Kept until the run is over: it serves the pages when the disk has none.
    let mut stand_in = None;
    if sources.is_empty() {
        sources = documentation(&mut stand_in, talk)?;
    }

    let stop = CancellationToken::new();
    let progress = Arc::new(Progress::default());
    runtime.spawn(watch_for_interrupt(stop.clone()));
    let bar = Bar::start(sources.len(), Arc::clone(&progress));
    let result = runtime.block_on(run::run(plan, sources, stop.clone(), progress));
    bar.stop();
    let (index, report) = result?;
    let interrupted = stop.is_cancelled();
    // A file read may still block a thread; nothing waits for it.
    runtime.shutdown_background();
    Ok((index, report, interrupted))
}

/// The Rust documentation on this disk, or what stands in for it.
fn documentation(stand_in: &mut Option<Origin>, talk: bool) -> Result<Vec<Source>, Failed> {
    if let Ok(folders) = Site::rust_docs_folders() {
        let mut sources = Sources::new();
        for folder in &folders {
            sources.add(&folder.to_string_lossy())?;
        }
        if talk {
            eprintln!(
                "indexing the Rust documentation of this toolchain: {}",
                origin::DEFAULT_RUST_DOCS.join(", ")
            );
        }
        let mut sources = sources.into_vec();
        // The same pages that `Site::rust_docs` serves: a few READMEs stand among them.
        sources.retain(|source| source.to_string().ends_with(".html"));
        return Ok(sources);
    }
    let site = Site::best();
    eprintln!(
        "this toolchain has no documentation (rustup component add rust-docs); {}",
        site.describe()
    );
    let origin = stand_in.insert(Origin::serve(site).start()?);
    origin.urls().into_iter().map(|url| Ok(Source::Url(url.parse()?))).collect()
}

impl Options {
    fn plan(&self) -> Plan {
        let plan = Plan::default();
        Plan {
            concurrency: self.concurrency,
            per_host: self.per_host,
            rate: self.rate,
            retries: self.retries,
            threads: self.threads.unwrap_or(plan.threads),
            fetch: fetch::Settings {
                connect_timeout: self.connect_timeout,
                timeout: self.timeout,
                redirects: usize::from(self.redirects),
                max_body: self.max_body.as_u64(),
            },
            ..plan
        }
    }
}

/// Once: stop. Twice: leave.
async fn watch_for_interrupt(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    eprintln!("\nstopping; the report of what was done follows (Ctrl-C again leaves at once)");
    stop.cancel();
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(i32::from(INTERRUPTED));
    }
}

/// A bar on a terminal, nothing elsewhere, and nothing for what is over in a second.
struct Bar {
    done: CancellationToken,
    thread: std::thread::JoinHandle<()>,
}

impl Bar {
    fn start(total: usize, progress: Arc<Progress>) -> Self {
        let done = CancellationToken::new();
        let ended = done.clone();
        let thread = std::thread::spawn(move || {
            let bar =
                ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
            let template = "{bar:30} {pos}/{len} documents, {msg}, {elapsed} of about {duration}";
            bar.set_style(ProgressStyle::with_template(template).expect("the template is right"));
            let start = Instant::now();
            while !ended.is_cancelled() {
                std::thread::park_timeout(Duration::from_millis(100));
                let failed = progress.failed.load(Ordering::Relaxed);
                bar.set_position(progress.indexed.load(Ordering::Relaxed) + failed);
                let size =
                    ByteSize(progress.bytes.load(Ordering::Relaxed)).display().iec().to_string();
                bar.set_message(if failed > 0 { format!("{size}, {failed} failed") } else { size });
                if start.elapsed() > Duration::from_secs(1)
                    && bar.is_hidden()
                    && io::stderr().is_terminal()
                {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
            }
            bar.finish_and_clear();
        });
        Bar { done, thread }
    }

    fn stop(self) {
        self.done.cancel();
        self.thread.thread().unpark();
        // It only draws; if that panicked, the work is still done.
        let _ = self.thread.join();
    }
}

fn search(arguments: &SearchArguments) -> Result<ExitCode, Failed> {
    let query = Query::parse(&arguments.query)?;
    let (index, interrupted) = match &arguments.index {
        Some(path) => (Index::load(path)?, false),
        None => {
            let (index, report, interrupted) =
                build(&arguments.from, arguments.format == Format::Table)?;
            if report.failed > 0 {
                eprintln!(
                    "{} documents failed and are not searched; `index` lists them",
                    report.failed
                );
            }
            (index, interrupted)
        }
    };
    if interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let start = Instant::now();
    let found = index.search(&query, arguments.limit);
    let took = start.elapsed();
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match arguments.format {
        Format::Table => print_hits(&mut out, &found, &index, took)?,
        Format::Json => writeln!(out, "{}", hits_json(&found, took))?,
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(["score", "url", "title", "snippet"])?;
            for hit in &found.hits {
                let score = format!("{:.4}", hit.score);
                csv.write_record([&score, &hit.document.url, &hit.document.title, &hit.snippet])?;
            }
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(if found.total == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_hits(
    out: &mut impl Write,
    found: &Found<'_>,
    index: &Index,
    took: Duration,
) -> io::Result<()> {
    let title = Style::new().bold();
    let url = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
    let mark = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
    // Without color the marks need another form.
    let plain = anstream::AutoStream::choice(&io::stdout()) == anstream::ColorChoice::Never;
    for hit in &found.hits {
        let name = if hit.document.title.is_empty() { "(no title)" } else { &hit.document.title };
        writeln!(out, "{title}{}{title:#}", printable(name))?;
        writeln!(out, "  {url}{}{url:#}", printable(&hit.document.url))?;
        let mut line = String::new();
        let mut from = 0;
        for range in &hit.marks {
            line.push_str(&hit.snippet[from..range.start]);
            let word = &hit.snippet[range.clone()];
            line.push_str(&if plain {
                format!("*{word}*")
            } else {
                format!("{mark}{word}{mark:#}")
            });
            from = range.end;
        }
        line.push_str(&hit.snippet[from..]);
        writeln!(out, "  {line}\n")?;
    }
    writeln!(
        out,
        "{} of {} documents match ({} shown), found in {}",
        grouped(found.total as u64),
        grouped(index.documents().len() as u64),
        found.hits.len(),
        human(took),
    )
}

fn hits_json(found: &Found<'_>, took: Duration) -> String {
    let hits: Vec<_> = found
        .hits
        .iter()
        .map(|hit| {
            let marks: Vec<_> = hit.marks.iter().map(|range| [range.start, range.end]).collect();
            serde_json::json!({
                "url": hit.document.url, "title": hit.document.title, "score": hit.score,
                "snippet": hit.snippet, "marks": marks,
            })
        })
        .collect();
    let all =
        serde_json::json!({ "total": found.total, "seconds": took.as_secs_f64(), "hits": hits });
    format!("{all:#}")
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
            ["--format", "xml"],
        ] {
            let error = Command::try_parse_from(["chapter-06", "index"].into_iter().chain(wrong))
                .err()
                .unwrap_or_else(|| panic!("{wrong:?} was accepted"));
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}
