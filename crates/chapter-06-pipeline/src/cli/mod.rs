//! The commands `index`, `search` and `serve`: arguments in, program called,
//! results printed.

mod arguments;
pub mod print;
mod search;
mod serve;
mod terminal;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bytesize::ByteSize;
use clap::Parser;
use indicatif::HumanCount;
use origin::{Origin, Site};
use timeline::Recording;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};

pub use self::arguments::IndexArguments;
use self::arguments::{Command, Format, From, SearchArguments};
pub use self::terminal::say;
use self::terminal::{Bar, Interrupt, signals};
use crate::program::failure::Failure;
use crate::program::fetch::Fetcher;
use crate::program::index::Index;
use crate::program::journal::Journal;
use crate::program::report::Report;
use crate::program::run::{self as program, Plan, Progress};
use crate::program::source::Source;
use crate::program::sources::Sources;

/// The first lines of `chapter-06 --help`.
pub const ABOUT: &str = "The full Tokio + Rayon + DashMap program

Besides its lessons the chapter has three commands:
  chapter-06 index [SOURCE]...   index the Rust documentation, directories, or sites
  chapter-06 search [QUERY]      search what was indexed; without a query, at a prompt
  chapter-06 serve [SOURCE]...   search it in a browser, on this machine
Each says more with --help.";

/// Ctrl-C ends a program with this, by convention 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Why a command could not be carried out.
pub type Failed = Box<dyn Error>;

/// A way to run a plan over its sources.
pub trait Run:
    AsyncFnOnce(
    Plan,
    Vec<Source>,
    CancellationToken,
    Arc<Progress>,
) -> io::Result<(Index, Report)>
{
}

impl<T> Run for T where
    T: AsyncFnOnce(
        Plan,
        Vec<Source>,
        CancellationToken,
        Arc<Progress>,
    ) -> io::Result<(Index, Report)>
{
}

/// Runs `index`, `search` or `serve`.
pub fn run() -> ExitCode {
    carry_out(&Command::parse()).unwrap_or_else(|error| {
        say(format_args!("error: {error}"));
        ExitCode::from(2)
    })
}

/// All that the program can do. What is no query is better known before the
/// work than after it.
fn carry_out(command: &Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Index(arguments) => index(arguments, program::run),
        Command::Search(arguments) => {
            match (&arguments.index, &arguments.query) {
                (Some(file), Some(query)) => {
                    let query = arguments.reader.parse(query)?;
                    search::once(arguments, &Index::load(file)?, &query)
                }
                (Some(file), None) => {
                    search::prompt(arguments, &Index::load(file)?)
                }
                (None, Some(query)) => {
                    let query = arguments.reader.parse(query)?;
                    index_and(arguments, |index| {
                        search::once(arguments, index, &query)
                    })
                }
                (None, None) => index_and(arguments, |index| {
                    search::prompt(arguments, index)
                }),
            }
        }
        Command::Serve(arguments) => serve::serve(arguments),
    }
}

/// `RUST_LOG` decides what is logged to the standard error (`info`,
/// `hyper=debug,warn`, …); nothing without it. At `info` a line tells when each
/// document left each stage. The timeline is recorded beside it.
pub fn subscribe() {
    // What is not set is what logs nothing: no text at all would be an error's
    // level.
    let asked = std::env::var("RUST_LOG").unwrap_or_else(|_| "off".into());
    // `Targets` and not `EnvFilter`: the latter brings a regular expression
    // engine, a quarter of the time that the workspace's first build takes.
    let filter = asked.parse().unwrap_or_else(|error| {
        say(format_args!(
            "warning: RUST_LOG is not understood, nothing is logged: {error}"
        ));
        Targets::new()
    });
    let log = tracing_subscriber::fmt::layer()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(io::stderr)
        .with_ansi(
            io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none(),
        )
        .with_filter(filter);
    let subscriber =
        tracing_subscriber::registry().with(timeline::layer()).with(log);
    // Nobody else has set one: this is the first line of `main`.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The command `index`: indexes the sources and reports. `run` is
/// [`run`](program::run), or does the same with bodies from somewhere else.
///
/// # Errors
/// If the arguments cannot be carried out, or the run cannot.
pub fn index(
    arguments: &IndexArguments,
    run: impl Run,
) -> Result<ExitCode, Failed> {
    // What cannot be written is better known before the work than after it.
    let save = arguments.save.as_deref().map(save_target).transpose()?;
    for path in [&arguments.trace, &arguments.svg].into_iter().flatten() {
        writable(path)?;
    }
    told_apart(arguments)?;
    let table = arguments.format == Format::Table;
    let timeline =
        (table || arguments.trace.is_some() || arguments.svg.is_some())
            .then(|| timeline::timeline("documents"));
    let session = Session::new()?;
    let Built { index, report, mut interrupted } =
        session.build(&arguments.from, table, run)?;
    let recording = timeline.map(timeline::Timeline::finish);
    let report = report.with_top(&index, usize::from(arguments.top));

    // First what is to be kept, then what is to be seen: a reader of a pipe may
    // leave early.
    if let Some(path) = save {
        keep(&index, &report, interrupted, &path, &session.interrupt)?;
    }
    interrupted |= session.interrupt.nothing_is_left_to_do();
    if let Some(recording) = &recording {
        draw(recording, arguments)?;
    }
    print(|out| match (arguments.format, &recording) {
        (Format::Table, recording) => {
            let mut out = anstream::AutoStream::auto(out);
            if let Some(recording) = recording {
                writeln!(
                    out,
                    "{}",
                    timeline::draw(recording, &timeline::style())
                )?;
            }
            write!(out, "{}", print::table(&report))
        }
        (Format::Json, _) => writeln!(out, "{}", report.to_json()),
        (Format::Csv, _) => {
            write!(out, "{}", print::documents_csv(&report, &index))
        }
    })?;
    if table && !interrupted && report.documents > 0 {
        say_how_to_search(arguments.save.as_deref());
    }
    let nothing = report.documents == 0 && report.skipped > 0;
    Ok(match (interrupted, report.failed > 0 || nothing) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::FAILURE,
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Indexes the sources and searches them.
fn index_and(
    arguments: &SearchArguments,
    search: impl FnOnce(&Index) -> Result<ExitCode, Failed>,
) -> Result<ExitCode, Failed> {
    let session = Session::new()?;
    let talk = arguments.format == Format::Table;
    let Built { index, report, interrupted } =
        session.build(&arguments.from, talk, program::run)?;
    if session.interrupt.nothing_is_left_to_do() || interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if report.failed > 0 {
        let failed = report.failed;
        say(format_args!(
            "{failed} documents failed and are not searched; `index` lists them"
        ));
    }
    search(&index)
}

/// Prints to the standard output, and returns whether somebody reads it. A
/// reader that has left is no error: there is nobody to tell.
fn print(
    write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>,
) -> Result<bool, Failed> {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to the standard output: {error}").into())
        }
        written => Ok(written.is_ok()),
    }
}

fn draw(
    recording: &Recording,
    arguments: &IndexArguments,
) -> Result<(), Failed> {
    let failed = |path: &Path, error| {
        format!("cannot write '{}': {error}", path.display())
    };
    let recordings = std::slice::from_ref(recording);
    if let Some(path) = &arguments.trace {
        let write = || -> io::Result<()> {
            let mut out = BufWriter::new(File::create(path)?);
            timeline::chrome::write(recordings, &mut out)?;
            out.flush()
        };
        write().map_err(|error| failed(path, error))?;
        if recording.omitted > 0 {
            let (kept, omitted) = (recording.rows.len(), recording.omitted);
            let [kept, omitted] =
                [kept, omitted].map(|spans| HumanCount(spans as u64));
            say(format_args!(
                "'{}' has the first {kept} spans; {omitted} more were not kept",
                path.display()
            ));
        }
    }
    if let Some(path) = &arguments.svg {
        let picture = timeline::svg::draw(recordings, &timeline::style());
        fs::write(path, picture).map_err(|error| failed(path, error))?;
    }
    Ok(())
}

/// Saves the index, unless that would replace a better one.
/// If Ctrl-C ends the saving, nothing is left of it.
fn keep(
    index: &Index,
    report: &Report,
    interrupted: bool,
    path: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failed> {
    let shown = path.display();
    if report.documents == 0 {
        say(format_args!(
            "no document is in the index, so it is not saved as '{shown}'"
        ));
        return Ok(());
    }
    let exists = path.exists();
    let given_up = || match exists {
        true => say(format_args!("interrupted: '{shown}' is left as it was")),
        false => say(format_args!("interrupted: '{shown}' is not written")),
    };
    if interrupted && exists {
        given_up();
        return Ok(());
    }
    let bytes = match index.save_unless(path, || interrupt.gives_up()) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            given_up();
            return Ok(());
        }
        saved => saved.map_err(|error| {
            format!("cannot save the index as '{shown}': {error}")
        })?,
    };
    let size = ByteSize(bytes).display().iec();
    let part = if interrupted { "a part of the index, " } else { "" };
    say(format_args!(
        "saved {part}{} documents in {size}, as '{shown}'",
        HumanCount(report.documents as u64)
    ));
    Ok(())
}

/// What can be done with an index.
fn say_how_to_search(saved: Option<&Path>) {
    let Some(path) = saved.map(Path::display) else {
        say(
            "to search it, keep it with --save FILE; `search` and `serve` also index by themselves",
        );
        return;
    };
    say(format_args!(
        "to search it:     chapter-06 search --index '{path}' QUERY"
    ));
    say(format_args!("or in a browser:  chapter-06 serve --index '{path}'"));
}

/// Refuses two options that would write one file.
fn told_apart(arguments: &IndexArguments) -> Result<(), Failed> {
    let journal = arguments.from.state.as_ref().map(|dir| dir.join("journal"));
    let named = [
        ("--save", arguments.save.clone()),
        ("--trace", arguments.trace.clone()),
        ("--svg", arguments.svg.clone()),
        ("--state", arguments.from.state.clone()),
        ("--state", journal),
    ];
    let mut known: Vec<(&str, PathBuf)> = Vec::new();
    for (option, path) in
        named.into_iter().filter_map(|(option, path)| Some((option, path?)))
    {
        let target = target_of(&path)?;
        if let Some((other, _)) =
            known.iter().find(|(it, path)| *path == target && *it != option)
        {
            return Err(format!(
                "{other} and {option} name the same file, '{}'",
                path.display()
            )
            .into());
        }
        known.push((option, target));
    }
    Ok(())
}

/// Where a path leads, also if nothing is there yet: at the end of symbolic
/// links, in the folder's real place.
fn target_of(path: &Path) -> Result<PathBuf, Failed> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let to = fs::read_link(&path)?;
                path = folder_of(&path).join(to);
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                return Err(format!("'{}': {error}", path.display()).into());
            }
            _ => {
                let folder = folder_of(&path);
                let folder =
                    folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
                return Ok(path
                    .file_name()
                    .map_or(folder.clone(), |name| folder.join(name)));
            }
        }
    }
    Err(format!("'{}' is a circle of links", path.display()).into())
}

/// Symbolic links that are followed, as the system does.
const LINKS: usize = 40;

/// Where an index will be saved: at the end of a symbolic link, and only in a
/// regular file.
fn save_target(path: &Path) -> Result<PathBuf, Failed> {
    writable(path)?;
    let target = target_of(path)?;
    writable(&target)?;
    if target.exists() && !target.is_file() {
        return Err(format!(
            "'{}' is not a file; an index can only be saved in one",
            path.display()
        )
        .into());
    }
    let folder = folder_of(&target);
    tempfile::tempfile_in(folder).map_err(|error| {
        format!("cannot write in '{}': {error}", folder.display())
    })?;
    Ok(target)
}

fn writable(path: &Path) -> Result<(), Failed> {
    if path.is_dir() {
        return Err(format!(
            "'{}' is a directory; name a file in it",
            path.display()
        )
        .into());
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(format!(
            "there is no directory '{}'; make it first",
            folder.display()
        )
        .into());
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The runtime and what Ctrl-C does, from the arguments to the last line of
/// output.
struct Session {
    /// Never dropped: the end of the process ends its threads, a drop would
    /// wait for a file that blocks.
    runtime: ManuallyDrop<Runtime>,
    interrupt: Interrupt,
}

/// The result of a run, and whether Ctrl-C ended it early.
struct Built {
    index: Index,
    report: Report,
    interrupted: bool,
}

impl Session {
    fn new() -> io::Result<Self> {
        let runtime = ManuallyDrop::new(program::runtime()?);
        let interrupt = Interrupt::default();
        let signals = runtime.block_on(async { signals(&interrupt) })?;
        runtime.spawn(interrupt.clone().watch(signals));
        Ok(Session { runtime, interrupt })
    }

    /// Builds an index of what the arguments name.
    fn build(
        &self,
        from: &From,
        talk: bool,
        run: impl Run,
    ) -> Result<Built, Failed> {
        let mut plan = from.plan();
        // Kept until the run is over: it serves the pages when the disk has
        // none.
        let mut stand_in = None;
        let sources = match from.is_empty() {
            true => documentation(&mut stand_in, talk)?,
            false => {
                let (sources, refused) = self.sources(from, &mut plan)?;
                plan.refused = refused;
                sources
            }
        };
        if from.follow.is_some()
            && !sources.iter().any(|it| matches!(it, Source::Url(_)))
        {
            return Err("--follow needs a URL to begin with (https://…)".into());
        }
        plan.journal = from
            .state
            .as_ref()
            .map(|dir| journal(dir, from, &sources))
            .transpose()?;

        let progress = Arc::new(Progress::default());
        let bar = Bar::start(Arc::clone(&progress));
        let stop = self.interrupt.run_begins(
            "stopping; the report of what was done follows (Ctrl-C again leaves immediately)",
        );
        let result = self.runtime.block_on(run(plan, sources, stop, progress));
        let interrupted = self.interrupt.run_is_over();
        bar.stop();
        let (index, report) = result?;
        Ok(Built { index, report, interrupted })
    }

    /// All that the arguments name. What the sitemaps' hosts were asked counts
    /// in the run, too.
    fn sources(
        &self,
        from: &From,
        plan: &mut Plan,
    ) -> Result<(Vec<Source>, Vec<Failure>), Failed> {
        let mut sources = Sources::new();
        for source in &from.sources {
            sources.add_argument(source)?;
        }
        for list in &from.files_from {
            sources.add_list(list)?;
        }
        if !from.sitemap.is_empty() {
            let attempts =
                plan.attempts(Fetcher::new(&plan.fetch)?, &Arc::default());
            plan.limits = Some(attempts.limits());
            let mut failed = None;
            for url in &from.sitemap {
                let added =
                    self.runtime.block_on(sources.add_sitemap(url, &attempts));
                failed = failed.or(added.err());
            }
            // One of two is a row of the report; without any there is nothing
            // to do.
            if let Some(error) = failed
                && (sources.is_empty() || sources.refused().is_empty())
            {
                return Err(error.into());
            }
        }
        let refused = sources.refused();
        Ok((sources.into_vec(), refused))
    }
}

/// Opens the journal of a run, and says how much of it is done.
fn journal(
    dir: &Path,
    from: &From,
    sources: &[Source],
) -> Result<Arc<Journal>, Failed> {
    let options = from.options.deciding();
    let journal = Journal::open_with(dir, sources, from.follow, &options)?;
    if journal.done() > 0 {
        let done = HumanCount(journal.done() as u64);
        // How many there will be is not known before their links are.
        let of = match from.follow {
            None => format!(" of {}", HumanCount(sources.len() as u64)),
            Some(_) => String::new(),
        };
        say(format_args!(
            "{done}{of} documents are done ('{}')",
            dir.display()
        ));
        let then = journal.begun_with();
        if then != options {
            say(format_args!(
                "they stay as they are: the state was begun with {then}, not {options}"
            ));
        }
    }
    Ok(Arc::new(journal))
}

/// The Rust documentation on this disk, or what stands in for it.
fn documentation(
    stand_in: &mut Option<Origin>,
    talk: bool,
) -> Result<Vec<Source>, Failed> {
    if let Ok(folders) = Site::rust_docs_folders() {
        let mut sources = Sources::new();
        for folder in &folders {
            sources.add(&folder.to_string_lossy())?;
        }
        let mut sources = sources.into_vec();
        // The same pages that `Site::rust_docs` serves: a few READMEs stand
        // among them.
        sources.retain(|source| source.to_string().ends_with(".html"));
        if talk {
            let names = origin::DEFAULT_RUST_DOCS.join(", ");
            say(format_args!(
                "indexing the Rust documentation of this toolchain: {names}"
            ));
        }
        return Ok(sources);
    }
    let site = Site::best();
    say(format_args!(
        "this toolchain has no documentation (rustup component add rust-docs); {}",
        site.describe()
    ));
    let origin = stand_in.insert(Origin::serve(site).start()?);
    origin.urls().into_iter().map(|url| Ok(Source::Url(url.parse()?))).collect()
}
