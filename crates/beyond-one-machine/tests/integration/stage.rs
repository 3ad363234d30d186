//! A server of one's own, a site, and the processes of a run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use chapter_06_pipeline::program::crawl::Follow;
use chapter_06_pipeline::program::fetch;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use chapter_06_pipeline::program::source::Source;
use origin::{Charset, Fault, Generator, Origin, Site};
use own_nats::Server;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How long a process of a test may take. What hangs is ended, and named.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A run's sources and options, for chapter 6 and for workers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Task {
    /// URLs and absolute paths.
    pub(crate) sources: Vec<String>,
    pub(crate) follow: Option<u32>,
}

/// The index as a file and the report as JSON.
#[derive(PartialEq)]
pub(crate) struct Made {
    pub(crate) index: Vec<u8>,
    pub(crate) report: Value,
}

impl Made {
    /// Asks for the same bytes and the same report.
    pub(crate) fn assert_is(&self, other: &Made, what: &str) {
        assert_eq!(self.report, other.report, "{what}");
        assert!(self.index == other.index, "the index differs: {what}");
    }
}

/// Documents in flight, and what else both ways of running are told.
pub(crate) const CONCURRENCY: usize = 12;
const RETRIES: u32 = 2;
const MAX_BODY: u64 = 4 << 20;

impl Task {
    /// All pages of a site.
    pub(crate) fn of(origin: &Origin) -> Task {
        Task { sources: origin.urls(), follow: None }
    }

    /// What chapter 6 makes of it, in this process.
    pub(crate) fn by_chapter_6(&self) -> Made {
        let source = |text: &String| match text.parse() {
            Ok(url) if text.contains("://") => Source::Url(url),
            _ => Source::File(text.into()),
        };
        let follow =
            self.follow.map(|depth| Follow { depth, max_pages: 10_000 });
        let plan = Plan {
            concurrency: Concurrency::Fixed(CONCURRENCY),
            per_host: CONCURRENCY,
            retries: RETRIES,
            follow,
            fetch: fetch::Settings {
                max_body: MAX_BODY,
                ..Plan::default().fetch
            },
            ..Plan::default()
        };
        let run = run(
            plan,
            self.sources.iter().map(source).collect(),
            CancellationToken::new(),
            Arc::new(Progress::default()),
        );
        let run = runtime().expect("a runtime").block_on(run);
        let (index, report) = run.expect("the client and the pool can be made");
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("index");
        index.save(&path).expect("it can be saved");
        let report = report.with_top(&index, 10).to_json();
        Made {
            index: fs::read(&path).expect("it was saved"),
            report: without_times(&report),
        }
    }

    /// `beyond index` of it, with a journal and a file for the index in this
    /// folder.
    pub(crate) fn coordinator(&self, server: &str, folder: &Path) -> Command {
        let list = folder.join("list");
        fs::write(&list, self.sources.join("\n")).expect("it can be written");
        let mut command = beyond("index", server);
        command
            .current_dir(folder)
            .args(["--files-from", "list", "--state", "state"])
            .args(["--save", "index", "--format", "json", "--max-body", "4MiB"])
            .args(["--concurrency", &CONCURRENCY.to_string()])
            .args(["--per-host", &CONCURRENCY.to_string()])
            .args(["--retries", &RETRIES.to_string()]);
        if let Some(depth) = self.follow {
            command.args(["--follow", &depth.to_string()]);
        }
        command
    }
}

/// What a coordinator has left: its report and its file.
pub(crate) fn made(output: &Output, folder: &Path) -> Made {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let report = String::from_utf8_lossy(&output.stdout);
    Made {
        index: fs::read(folder.join("index")).expect("it was saved"),
        report: without_times(&report),
    }
}

/// A report without what a clock or the number of processes decides.
fn without_times(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).expect("it is JSON");
    let fields = report.as_object_mut().expect("it is an object");
    for name in [
        "seconds",
        "stages",
        "connections",
        "peak_in_flight",
        "peak_bytes",
        "threads",
    ] {
        fields.remove(name).unwrap_or_else(|| panic!("it has {name}"));
    }
    report
}

/// A report without what is counted again by a coordinator that goes on.
pub(crate) fn without_counts(mut made: Made) -> Made {
    let fields = made.report.as_object_mut().expect("it is an object");
    for name in ["requests", "retries", "resumed"] {
        fields.remove(name).unwrap_or_else(|| panic!("it has {name}"));
    }
    made
}

/// The program, with the address of the server in its environment.
pub(crate) fn beyond(command: &str, server: &str) -> Command {
    let mut beyond = Command::new(env!("CARGO_BIN_EXE_beyond"));
    beyond
        .arg(command)
        .env("BEYOND_NATS", server)
        .env_remove("BEYOND_CA")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    beyond
}

/// The only line of a program that ends with exit code 2.
pub(crate) fn refused(command: Command) -> String {
    let output = Process::start(command).output("a command that is refused");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// The address of a server, with its token.
pub(crate) fn address(server: &Server) -> String {
    let url = server.url();
    let host = url.strip_prefix("nats://").expect("it is of NATS");
    format!("nats://{}@{host}", server.token())
}

/// Processes that end when the test does.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(mut command: Command) -> Process {
        Process(command.spawn().expect("the binary was built for this test"))
    }

    /// A worker that has connected.
    pub(crate) fn worker(server: &str, files: Option<&Path>) -> Process {
        let mut command = beyond("work", server);
        command.args(["--jobs", "4", "--threads", "1"]);
        if let Some(files) = files {
            command.arg("--files").arg(files);
        }
        Process::start(command)
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("the child can be asked").is_some()
    }

    /// All that it printed, once it has ended; a process that does not end is
    /// named.
    pub(crate) fn output(mut self, what: &str) -> Output {
        // Its pipes are read meanwhile: one that is full would stop it.
        let out = self.0.stdout.take().map(read_all);
        let err = self.0.stderr.take().map(read_all);
        let end = Instant::now() + PATIENCE;
        while !self.has_ended() {
            if Instant::now() > end {
                self.kill();
                let said = err.map(joined).unwrap_or_default();
                panic!("{what} did not end: {}", text(&said));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Output {
            status: self.0.wait().expect("it has ended"),
            stdout: out.map(joined).unwrap_or_default(),
            stderr: err.map(joined).unwrap_or_default(),
        }
    }

    /// Waits for a line on its standard error.
    pub(crate) fn wait_for(&mut self, words: &'static str) {
        assert!(self.says(words), "it never says: {words}");
    }

    /// Waits for a line on its standard error, or for its end; whether the line
    /// came. Who has waited once does not wait again.
    pub(crate) fn says(&mut self, words: &'static str) -> bool {
        let Some(err) = self.0.stderr.take() else { return true };
        let (found, said) = mpsc::channel();
        thread::spawn(move || {
            // To the end: a pipe that is full would stop the process.
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                if line.contains(words) {
                    let _ = found.send(());
                }
            }
        });
        match said.recv_timeout(PATIENCE) {
            Ok(()) => true,
            Err(mpsc::RecvTimeoutError::Disconnected) => false,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("it neither ends nor says: {words}")
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

type Reading = thread::JoinHandle<Vec<u8>>;

fn read_all(mut pipe: impl std::io::Read + Send + 'static) -> Reading {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn joined(reading: Reading) -> Vec<u8> {
    reading.join().expect("reading does not panic")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A generated site with one page of each fault whose report does not depend on
/// the moment.
pub(crate) fn site_with_faults(pages: usize) -> Origin {
    let site = Site::generated(Generator {
        pages,
        words_per_page: 200,
        ..Generator::default()
    });
    let paths = site.paths();
    let robots = format!("User-agent: *\nDisallow: {}\n", paths[7]);
    let site = site.and(Site::pages([
        ("/robots.txt", robots),
        ("/noindex.html", "<meta name=robots content=noindex>x".to_owned()),
    ]));
    let faults = [
        Fault::NotFound,
        Fault::Status(410),
        Fault::Status(500),
        Fault::RedirectLoop,
        Fault::RedirectChain(3),
        Fault::RedirectTo("ftp://example.com/".into()),
        Fault::Endless,
        Fault::GzipBomb { size: 64 << 20 },
        Fault::NotHtml,
        Fault::Empty,
        Fault::WrongCharset,
        Fault::Charset(Charset::Utf16Le),
        Fault::first(1, Fault::Status(503)),
    ];
    let mut server = Origin::serve(site).latency(Duration::from_millis(2));
    // Page 0 is where a crawl begins.
    for (fault, path) in faults.iter().zip(paths.iter().skip(10)) {
        server = server.fault(path, fault.clone());
    }
    server.start().expect("a server on loopback")
}

/// A folder of one's own.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}
