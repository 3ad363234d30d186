//! The binary as a person or a script meets it: output, errors and exit codes.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use chapter_06_pipeline::program::source::Source;
use origin::{Fault, Generator, Origin, Site};
use witness::{PATIENT, within};

fn chapter_06(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chapter-06"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary was built for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, html) in [
        ("locks.html", "<title>Locks</title><p>A lock is held, a heron waits."),
        ("birds.html", "<title>Birds</title><p>The heron waits in silence."),
    ] {
        fs::write(folder.path().join(name), html).expect("it can be written");
    }
    folder
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the test's paths are plain")
}

#[test]
fn an_index_is_saved_and_searched() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("birds.overlap");
        let output = chapter_06(&[
            "index",
            path(folder.path()),
            "--save",
            path(&saved),
            "--format",
            "json",
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        assert_eq!(
            (&report["documents"], &report["words"]),
            (&2.into(), &14.into())
        );

        let output = chapter_06(&[
            "search",
            "\"heron waits\" silence",
            "--index",
            path(&saved),
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let found = text(&output.stdout);
        assert!(found.starts_with("Birds\n"), "{found}");
        assert!(found.contains("The *heron* *waits* in *silence*."), "{found}");
        assert!(!found.contains('\u{1b}'), "a pipe gets no colors: {found}");

        let output =
            chapter_06(&["search", "pelican", "--index", path(&saved)]);
        assert_eq!(output.status.code(), Some(1));
    });
}

#[test]
#[cfg(unix)]
fn a_file_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in
        [&b"\xff\xfe.html"[..], b"=1+1.html", b"new\nline.html", b"%41.html"]
    {
        let file = folder.path().join(std::ffi::OsStr::from_bytes(name));
        fs::write(&file, "<p>some words").expect("it can be written");
        let index = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
            .args(["index", "--format", "csv", "--"])
            .arg(&file)
            .output()
            .expect("the program can be started");
        let rows = text(&index.stdout);
        assert!(index.status.success(), "{name:?}: {}", text(&index.stderr));
        assert_eq!(rows.lines().count(), 2, "{rows}");
        let url = Source::File(file.canonicalize().expect("it is there"));
        assert!(rows.contains(&format!("\n{url},indexed,")), "{rows}");
    }
}

/// A file that cannot be opened before somebody lets go of it, as on a disk
/// that does not answer: whoever holds a lease on a file has some time to give
/// it back (fcntl, `F_SETLEASE`).
#[test]
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no crate of the workspace has leases")]
fn a_file_that_never_opens_is_a_row_and_the_run_ends() {
    use std::os::fd::AsRawFd;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    unsafe extern "C" {
        fn fcntl(file: i32, command: i32, argument: i32) -> i32;
    }
    const F_SETLEASE: i32 = 1024;
    const F_WRLCK: i32 = 1;
    within(PATIENT, || {
        let folder = folder();
        let hangs = folder.path().join("hangs.html");
        fs::write(&hangs, "<p>never").expect("it can be written");
        // By default this signal, which asks for the lease, ends a process.
        let asked = Arc::new(AtomicBool::new(false));
        let io = signal_hook::consts::SIGIO;
        signal_hook::flag::register(io, Arc::clone(&asked))
            .expect("it can be handled");
        let held = fs::File::options().read(true).write(true).open(&hangs);
        let held = held.expect("it is there");
        // SAFETY: the file is open, and this command takes a number.
        if unsafe { fcntl(held.as_raw_fd(), F_SETLEASE, F_WRLCK) } != 0 {
            eprintln!("left out: this file system has no leases");
            return;
        }
        let output = chapter_06(&[
            "index",
            path(folder.path()),
            "--timeout",
            "2s",
            "--format",
            "csv",
        ]);
        let rows = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let row = rows.lines().find(|row| row.contains("hangs.html"));
        let row = row.expect("it has a row");
        assert!(row.contains("timeout"), "{row}");
        assert_eq!(rows.matches(",indexed,").count(), 2, "{rows}");
        drop(held);
    });
}

#[test]
fn queries_come_one_a_line_and_an_empty_line_turns_the_page() {
    within(PATIENT, || {
        let folder = folder();
        let ask = |format: &str, lines: &str| {
            let mut child = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
                .args(["search", "--limit", "1", "--format", format, "--state"])
                .arg(folder.path().join("state"))
                .current_dir(folder.path())
                .args(["--files-from", "list"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary was built for this test");
            let mut input = child.stdin.take().expect("it is piped");
            input.write_all(lines.as_bytes()).expect("the child reads it");
            drop(input);
            child.wait_with_output().expect("it ends with its input")
        };
        fs::write(folder.path().join("list"), "locks.html\nbirds.html\n")
            .expect("it can be written");
        let output = ask("json", "heron\n\n\n?\nsilence\n");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let stdout = text(&output.stdout);
        let pages: Vec<serde_json::Value> = stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        let shown = |page: &serde_json::Value| {
            let hits = page["hits"].as_array().expect("it has hits");
            (
                page["total"].as_u64(),
                hits.iter().map(|hit| hit["title"].to_string()).collect(),
            )
        };
        let titles: Vec<(Option<u64>, Vec<String>)> =
            pages.iter().map(shown).collect();
        let hit =
            |total, title: &str| (Some(total), vec![format!("{title:?}")]);
        let (more, none) = ((Some(2), vec![]), (Some(0), vec![]));
        let expected =
            [hit(2, "Birds"), hit(2, "Locks"), more, none, hit(1, "Birds")];
        assert_eq!(titles, expected);
        assert_eq!(pages[3]["error"], "the query has no word in it");
        assert_eq!(pages[4]["query"], "silence");
        assert!(
            text(&output.stderr).contains("no word in it"),
            "{}",
            text(&output.stderr)
        );

        let output = ask("table", "heron\n\n");
        assert!(
            text(&output.stdout).contains("(2 to 2 shown)"),
            "{}",
            text(&output.stdout)
        );
        assert!(
            !text(&output.stderr).contains("search>"),
            "a pipe gets no prompt"
        );
    });
}

#[test]
fn the_table_and_the_rows() {
    within(PATIENT, || {
        let folder = folder();
        let output = chapter_06(&["index", path(folder.path())]);
        let table = text(&output.stdout);
        assert!(
            table.contains("documents    2 indexed")
                && table.contains("digest"),
            "{table}"
        );
        let output =
            chapter_06(&["index", path(folder.path()), "--format", "csv"]);
        let mut csv = csv::Reader::from_reader(&output.stdout[..]);
        let rows: Vec<csv::StringRecord> =
            csv.records().collect::<Result<_, _>>().expect("it is CSV");
        assert_eq!(rows.len(), 2);
        assert_eq!((&rows[0][1], &rows[0][3]), ("indexed", "Birds"));
    });
}

#[test]
fn pictures_are_written() {
    within(PATIENT, || {
        let folder = folder();
        let (trace, svg) = (
            folder.path().join("trace.json"),
            folder.path().join("picture.svg"),
        );
        let output = chapter_06(&[
            "index",
            path(folder.path()),
            "--trace",
            path(&trace),
            "--svg",
            path(&svg),
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let trace: serde_json::Value =
            serde_json::from_slice(&fs::read(&trace).expect("it was written"))
                .expect("it is JSON");
        let events = trace["traceEvents"].as_array().expect("it has events");
        assert_eq!(
            events
                .iter()
                .filter(|event| event["ph"] == "X" && event["name"] == "digest")
                .count(),
            2
        );
        assert!(
            fs::read_to_string(&svg)
                .expect("it was written")
                .starts_with("<svg")
        );
    });
}

#[test]
fn the_report_agrees_with_the_spans_and_they_name_the_host() {
    within(PATIENT, || {
        let generator = Generator { pages: 20, ..Generator::default() };
        let origin = Origin::serve(Site::generated(generator))
            .fault(&generator.path(3), Fault::NotFound)
            .fault_times(&generator.path(5), 1, Fault::Status(500))
            .fault(&generator.path(7), Fault::Empty)
            .start()
            .expect("a server on loopback");
        let folder = folder();
        let (list, trace) =
            (folder.path().join("list.txt"), folder.path().join("trace.json"));
        fs::write(&list, origin.urls().join("\n"))
            .expect("the folder can be written");
        let output = chapter_06(&[
            "index",
            "--files-from",
            path(&list),
            "--format",
            "json",
            "--trace",
            path(&trace),
        ]);
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("JSON");
        let trace: serde_json::Value =
            serde_json::from_slice(&fs::read(&trace).expect("it was written"))
                .expect("it is JSON");
        let events = trace["traceEvents"].as_array().expect("it has events");
        let spans = |name: &str| {
            let begun = events.iter().filter(|event| event["ph"] == "b");
            let named =
                begun.map(|event| event["name"].as_str().unwrap_or_default());
            named
                .filter(|label| label.split(' ').next() == Some(name))
                .collect::<Vec<_>>()
        };

        let number =
            |name: &str| report[name].as_u64().expect("a number") as usize;
        assert_eq!(
            (number("documents"), number("failed"), number("retries")),
            (18, 2, 1)
        );
        // Every document is fetched, however often it takes; what has a body is
        // digested; what is no page is not indexed.
        assert_eq!(
            spans("fetch").len(),
            number("documents") + number("failed")
        );
        assert_eq!(spans("digest").len(), number("documents") + 1);
        assert_eq!(spans("index").len(), number("documents"));
        let host = format!("host={}", origin.address());
        for label in spans("fetch") {
            assert!(
                label.contains("url=http://") && label.contains(&host),
                "{label}"
            );
        }
    });
}

#[test]
fn a_document_that_fails_is_exit_code_1() {
    within(PATIENT, || {
        let site = Site::pages([("/a.html", "<p>good"), ("/b.html", "<p>bad")]);
        let origin = Origin::serve(site)
            .fault("/b.html", Fault::NotFound)
            .start()
            .expect("a server on loopback");
        let output = chapter_06(&[
            "index",
            &origin.url_of("/a.html"),
            &origin.url_of("/b.html"),
        ]);
        assert_eq!(output.status.code(), Some(1));
        let table = text(&output.stdout);
        assert!(table.contains("/b.html  404 Not Found"), "{table}");
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_system_without_root_certificates_can_still_read_files() {
    within(PATIENT, || {
        let folder = folder();
        let output = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
            .args(["index", path(folder.path())])
            .env("SSL_CERT_FILE", "/nonexistent")
            .env("SSL_CERT_DIR", "/nonexistent")
            .output()
            .expect("the binary was built for this test");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    });
}

#[test]
fn a_sitemap_names_the_pages() {
    within(PATIENT, || {
        let origin = Origin::serve(Site::generated(Generator {
            pages: 5,
            ..Generator::default()
        }))
        .start()
        .expect("a server on loopback");
        let output = chapter_06(&[
            "index",
            "--sitemap",
            &origin.url_of("/sitemap.xml"),
            "--format",
            "json",
        ]);
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        assert_eq!(report["documents"], 5);
    });
}

#[test]
fn a_sitemap_is_fetched_as_patiently_as_a_page() {
    within(PATIENT, || {
        let serve = |fault| {
            let site =
                Site::generated(Generator { pages: 5, ..Generator::default() });
            Origin::serve(site)
                .fault("/sitemap.xml", fault)
                .start()
                .expect("a server on loopback")
        };
        let index = |origin: &Origin, retries: &str| {
            let sitemap = origin.url_of("/sitemap.xml");
            chapter_06(&[
                "index",
                "--sitemap",
                &sitemap,
                "--retries",
                retries,
                "--format",
                "json",
            ])
        };
        let busy = serve(Fault::first(2, Fault::Status(503)));
        assert_eq!(index(&busy, "2").status.code(), Some(0));
        assert_eq!(busy.requests_of("/sitemap.xml"), 3);
        let broken = serve(Fault::Status(503));
        let output = index(&broken, "1");
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("cannot read the sitemap"),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(broken.requests_of("/sitemap.xml"), 2);
    });
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_is_wrong() {
    within(PATIENT, || {
        let folder = folder();
        let damaged = folder.path().join("damaged.overlap");
        fs::write(&damaged, b"OVERLAP\n\x01\0\0\0").expect("it can be written");
        let empty = folder.path().join("list");
        fs::write(&empty, "# nothing\n").expect("it can be written");
        for (arguments, says) in [
            (&["pipelin"][..], "'pipeline'"),
            (&["index", "http://[x"], "not a valid URL"),
            (&["index", "ftp://example.org/"], "only http and https"),
            (&["index", "no/such/folder"], "neither a URL"),
            (&["index", "--concurrency", "0"], "from 1 to 10000"),
            (&["index", "--timeout", "3"], "500ms"),
            (&["index", "--follow", "2"], "--follow needs a URL"),
            (&["index", "http://a/", "--max-pages", "5"], "--follow"),
            (&["index", "--files-from", path(&empty)], "names no documents"),
            (&["index", "--files-from", "no/such/list"], "cannot read"),
            (&["search", "?!", path(folder.path())], "no word"),
            (
                &["search", "x", "--index", "no/such/index"],
                "cannot read the index",
            ),
            (&["search", "x", "--index", path(&damaged)], "damaged"),
            (&["search", "x", "--index", path(&empty)], "not a saved index"),
        ] {
            let output = chapter_06(arguments);
            let error = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
            assert!(error.contains(says), "{arguments:?}: {error}");
            assert!(!error.contains("panicked"), "{arguments:?}: {error}");
        }
    });
}

#[test]
#[cfg(unix)]
fn ctrl_c_and_its_kin_end_with_the_report_of_what_was_done() {
    within(PATIENT, || {
        for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
            // A program begins with what its parent ignores, and leaves it at
            // that: under nohup, or in the background of a script.
            if is_ignored(number) {
                eprintln!("{signal} is ignored here: left out");
            } else {
                interrupted_by(signal);
            }
        }
    });
}

/// Whether this process was started with a signal ignored. Only Linux says so.
#[cfg(unix)]
fn is_ignored(signal: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|it| u64::from_str_radix(it.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(unix)]
fn interrupted_by(signal: &str) {
    {
        let site =
            Site::pages([("/a.html", "<p>quick"), ("/b.html", "<p>never")]);
        let origin = Origin::serve(site)
            .fault("/b.html", Fault::Hang)
            .start()
            .expect("a server on loopback");
        let child = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
            .args([
                "index",
                &origin.url_of("/a.html"),
                &origin.url_of("/b.html"),
                "--format",
                "json",
            ])
            .args(["--timeout", "10m"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built for this test");
        // Both requests have been read: one is answered, the other never will
        // be.
        while origin.requests_of("/b.html") == 0
            || origin.counts().in_flight > 1
        {
            std::thread::yield_now();
        }
        let interrupt = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(interrupt.expect("kill can be run").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let sum: u64 = ["documents", "failed", "unfinished"]
            .iter()
            .filter_map(|name| report[name].as_u64())
            .sum();
        assert_eq!(sum, 2, "{report}");
        assert!(report["unfinished"].as_u64() >= Some(1), "{report}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn under_nohup_a_hangup_ends_nothing() {
    within(PATIENT, || {
        let site =
            Site::pages([("/a.html", "<p>quick"), ("/b.html", "<p>never")]);
        let origin = Origin::serve(site)
            .fault("/b.html", Fault::Hang)
            .start()
            .expect("a server on loopback");
        let child = Command::new("bash")
            .args([
                "-c",
                "trap '' HUP; exec \"$@\"",
                "bash",
                env!("CARGO_BIN_EXE_chapter-06"),
            ])
            .args([
                "index",
                &origin.url_of("/a.html"),
                &origin.url_of("/b.html"),
            ])
            .args(["--timeout", "10m", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash can be run");
        while origin.requests_of("/b.html") == 0
            || origin.counts().in_flight > 1
        {
            std::thread::yield_now();
        }
        // Were the first one heard, the second would end the process at once,
        // without a report.
        for signal in ["-HUP", "-INT"] {
            let sent = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(sent.expect("kill can be run").success());
        }
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130));
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        assert!(report["unfinished"].as_u64() >= Some(1), "{report}");
        assert_eq!(text(&output.stderr).matches("stopping").count(), 1);
    });
}

#[test]
#[cfg(unix)]
fn with_few_files_to_open_no_page_is_lost() {
    within(PATIENT, || {
        let site =
            Site::generated(Generator { pages: 200, ..Generator::default() });
        let origin = Origin::serve(site)
            .latency(std::time::Duration::from_millis(5))
            .start()
            .expect("a server on loopback");
        let folder = folder();
        let list = folder.path().join("list");
        fs::write(&list, origin.urls().join("\n"))
            .expect("the folder can be written");
        let output = Command::new("bash")
            .args([
                "-c",
                "ulimit -n 40; exec \"$@\"",
                "bash",
                env!("CARGO_BIN_EXE_chapter-06"),
            ])
            .args(["index", "--files-from", path(&list), "--per-host", "100"])
            .args(["--format", "json", "--retries", "0"])
            .output()
            .expect("bash can be run");
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        assert_eq!(report["documents"], 200, "{}", report["failures"]);
    });
}

#[test]
fn a_password_stands_nowhere() {
    within(PATIENT, || {
        let site = Site::pages([
            (
                "/index.html",
                "<title>a</title><a href=/b.html>b</a><a href=/c.html>c</a>",
            ),
            ("/b.html", "<p>b"),
            ("/c.html", "<p>c"),
        ]);
        let origin = Origin::serve(site)
            .fault("/b.html", Fault::NotFound)
            .fault("/c.html", Fault::Reset)
            .start()
            .expect("a server on loopback");
        let with_password = |path: &str| {
            origin.url_of(path).replace("http://", "http://somebody:hushhush@")
        };
        let folder = folder();
        let (page, sitemap) =
            (with_password("/index.html"), with_password("/sitemap.xml"));
        let missing = with_password("/none.xml");
        for (nth, arguments) in [
            &["--follow", "1", &page][..],
            &["--sitemap", &sitemap, "--retries", "1"],
            &["--sitemap", &missing],
            &["http://somebody:hushhush@[x/"],
            &["ftp://somebody:hushhush@a/"],
        ]
        .into_iter()
        .enumerate()
        {
            let [state, svg, trace, saved] = ["state", "svg", "trace", "saved"]
                .map(|name| folder.path().join(format!("{name}-{nth}")));
            let output = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
                .arg("index")
                .args(arguments)
                .args(["--state", path(&state), "--svg", path(&svg)])
                .args(["--trace", path(&trace), "--save", path(&saved)])
                .env("RUST_LOG", "trace")
                .env_remove("http_proxy")
                .output()
                .expect("the binary was built for this test");
            let files = [&svg, &trace, &saved, &state.join("journal")];
            let files = files.map(|path| fs::read(path).unwrap_or_default());
            for shown in
                [&output.stdout, &output.stderr].into_iter().chain(&files)
            {
                let shown = text(shown);
                // In plain, and as it goes to the server (RFC 7617).
                for secret in ["hushhush", "c29tZWJvZHk6aHVzaGh1c2g"] {
                    let at = shown.find(secret);
                    let near = at.map(|at| {
                        &shown[at.saturating_sub(200)..at + secret.len()]
                    });
                    assert_eq!(near, None, "{arguments:?}");
                }
            }
        }
    });
}

#[test]
fn what_cannot_be_saved_is_said_before_the_work() {
    within(PATIENT, || {
        let folder = folder();
        let missing = folder.path().join("none/x.overlap");
        for (target, says) in [
            (path(&missing), "make it first"),
            (path(folder.path()), "is a directory"),
        ] {
            let output =
                chapter_06(&["index", path(folder.path()), "--save", target]);
            assert_eq!(output.status.code(), Some(2), "{target}");
            assert!(
                text(&output.stderr).contains(says),
                "{}",
                text(&output.stderr)
            );
            assert!(
                output.stdout.is_empty(),
                "nothing was done: {}",
                text(&output.stdout)
            );
        }
        #[cfg(unix)]
        {
            let output = chapter_06(&[
                "index",
                path(folder.path()),
                "--save",
                "/dev/null",
            ]);
            assert_eq!(output.status.code(), Some(2));
        }
    });
}

#[test]
fn two_options_that_name_one_file_are_refused_before_the_work() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("x");
        let twice = folder.path().join("./x");
        for other in ["--svg", "--trace", "--state"] {
            let output = chapter_06(&[
                "index",
                path(folder.path()),
                "--save",
                path(&saved),
                other,
                path(&twice),
            ]);
            assert_eq!(
                output.status.code(),
                Some(2),
                "{}",
                text(&output.stderr)
            );
            assert!(
                text(&output.stderr).contains("same file"),
                "{}",
                text(&output.stderr)
            );
            assert!(!saved.exists(), "nothing was done");
        }
        let long = folder.path().join("x".repeat(300));
        let output =
            chapter_06(&["index", path(folder.path()), "--save", path(&long)]);
        assert_eq!(output.status.code(), Some(2));
    });
}

#[test]
#[cfg(unix)]
fn an_index_keeps_the_mode_of_the_file_and_the_link_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    within(PATIENT, || {
        let folder = folder();
        let [kept, link] =
            ["kept", "link"].map(|name| folder.path().join(name));
        symlink(&kept, &link).expect("it can be made");
        let save = || {
            chapter_06(&["index", path(folder.path()), "--save", path(&link)])
        };
        assert!(save().status.success());
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o600))
            .expect("it was saved there");
        assert!(save().status.success());
        let mode =
            fs::metadata(&kept).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    });
}

#[test]
#[cfg(unix)]
fn who_asks_without_end_is_not_answered_when_nobody_reads() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("x.overlap");
        assert!(
            chapter_06(&["index", path(folder.path()), "--save", path(&saved)])
                .status
                .success()
        );
        let binary = env!("CARGO_BIN_EXE_chapter-06");
        let command = format!(
            "yes heron | '{binary}' search --index '{}' | head -1",
            path(&saved)
        );
        let output = Command::new("bash")
            .args(["-c", &command])
            .output()
            .expect("bash can be run");
        assert!(!output.stdout.is_empty());
    });
}

#[test]
fn a_run_that_indexed_nothing_replaces_no_index() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("good.overlap");
        assert!(
            chapter_06(&["index", path(folder.path()), "--save", path(&saved)])
                .status
                .success()
        );
        let good = fs::read(&saved).expect("it was saved");
        let site = Site::pages([("/a.html", "<p>gone")]);
        let origin = Origin::serve(site)
            .fault("/a.html", Fault::NotFound)
            .start()
            .expect("a server on loopback");
        let output = chapter_06(&[
            "index",
            &origin.url_of("/a.html"),
            "--save",
            path(&saved),
        ]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).contains("not saved"),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(fs::read(&saved).expect("it is still there"), good);
    });
}

#[test]
fn a_hostile_title_costs_no_row() {
    within(PATIENT, || {
        let folder = folder();
        let hostile = "<title>evil \u{1b}]0;owned</title><p>a \u{9d} b";
        fs::write(folder.path().join("a.html"), hostile)
            .expect("it can be written");
        let output =
            chapter_06(&["index", path(folder.path()), "--format", "csv"]);
        let mut csv = csv::Reader::from_reader(&output.stdout[..]);
        let rows: Vec<csv::StringRecord> =
            csv.records().collect::<Result<_, _>>().expect("it is CSV");
        assert_eq!(rows.len(), 3);
        assert!(!text(&output.stdout).contains('\u{1b}'));
    });
}

#[test]
fn a_title_without_end_is_one_line_with_an_end() {
    within(PATIENT, || {
        let folder = folder();
        let page = format!("<title>{}</title><p>a word", "ö ".repeat(100_000));
        fs::write(folder.path().join("a.html"), page)
            .expect("it can be written");
        let output = chapter_06(&["search", "word", path(folder.path())]);
        let title = text(&output.stdout)
            .lines()
            .next()
            .map(|line| line.chars().count());
        assert_eq!(
            title,
            Some(201),
            "200 characters and the sign that there are more"
        );
    });
}

#[test]
#[cfg(unix)]
fn a_reader_that_leaves_early_changes_neither_the_work_nor_the_exit_code() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("piped.overlap");
        let piped = |arguments: &str| {
            let binary = env!("CARGO_BIN_EXE_chapter-06");
            let command = format!(
                "'{binary}' {arguments} | true; exit ${{PIPESTATUS[0]}}"
            );
            let status = Command::new("bash")
                .args(["-c", &command])
                .stderr(Stdio::null())
                .status();
            status.expect("bash can be run").code()
        };
        assert_eq!(piped("--help"), Some(0));
        assert_eq!(piped("--list"), Some(0));
        assert_eq!(
            piped(&format!(
                "index '{}' --save '{}'",
                path(folder.path()),
                path(&saved)
            )),
            Some(0)
        );
        assert!(saved.exists(), "the index was not saved");
        for format in ["table", "json", "csv"] {
            let code = piped(&format!(
                "index '{}' --format {format}",
                path(folder.path())
            ));
            assert_eq!(code, Some(0), "{format}");
        }
        assert_eq!(piped("index http://127.0.0.1:1/ --retries 0"), Some(1));
    });
}

#[test]
fn a_misspelled_word_is_answered_with_a_near_one() {
    within(PATIENT, || {
        let folder = folder();
        let from = path(folder.path());
        let output = chapter_06(&["search", "hreon", from]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(
            text(&output.stdout).contains("did you mean: heron\n"),
            "{}",
            text(&output.stdout)
        );
        let output = chapter_06(&[
            "search",
            "\"silence waits\"",
            from,
            "--format",
            "json",
        ]);
        let found: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(
            (&found["total"], &found["suggestion"]),
            (&1.into(), &serde_json::Value::Null)
        );
        let relaxed = found["relaxed"].as_str().unwrap_or_default();
        assert!(relaxed.contains("stand together nowhere"), "{found}");
    });
}

#[test]
fn an_index_says_how_to_search_it() {
    within(PATIENT, || {
        let folder = folder();
        let saved = folder.path().join("birds.overlap");
        let output =
            chapter_06(&["index", path(folder.path()), "--save", path(&saved)]);
        let said = text(&output.stderr);
        assert!(
            said.contains(&format!(
                "chapter-06 serve --index '{}'",
                path(&saved)
            )),
            "{said}"
        );
        let output = chapter_06(&["index", path(folder.path())]);
        assert!(
            text(&output.stderr).contains("--save FILE"),
            "{}",
            text(&output.stderr)
        );
        let output =
            chapter_06(&["index", path(folder.path()), "--format", "json"]);
        assert_eq!(text(&output.stderr), "");
    });
}

#[cfg(unix)]
#[test]
fn the_search_is_served_until_it_is_told_to_end() {
    use std::io::{BufRead, BufReader, Read};
    use std::net::TcpStream;

    within(PATIENT, || {
        let folder = folder();
        for (signal, code) in [("-INT", 130), ("-TERM", 130)] {
            let mut child = Command::new(env!("CARGO_BIN_EXE_chapter-06"))
                .args(["serve", "--port", "0", path(folder.path())])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary was built for this test");
            let mut line = String::new();
            let out = child.stdout.take().expect("it is piped");
            BufReader::new(out)
                .read_line(&mut line)
                .expect("it says where it is");
            assert!(
                line.starts_with("serving 2 documents at http://127.0.0.1:"),
                "{line}"
            );
            let host = line
                .split(['/', ' '])
                .find(|part| part.starts_with("127.0.0.1:"));
            let host = host.expect("it says its port");
            let ask = |request: &str| {
                let mut stream = TcpStream::connect(host).expect("it listens");
                let head = format!(
                    "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).expect("it reads");
                let mut answer = String::new();
                stream.read_to_string(&mut answer).expect("it answers");
                answer
            };
            let page = ask("GET /?q=heron+silence");
            assert!(page.contains("in <mark>silence</mark>."), "{page}");
            assert!(page.contains("href=\"/local/birds.html\""), "{page}");
            assert!(
                ask("GET /local/birds.html").contains("<title>Birds</title>")
            );
            let port = host.rsplit(':').next().expect("it has one");
            let taken =
                chapter_06(&["serve", "--port", port, path(folder.path())]);
            assert_eq!(taken.status.code(), Some(2));
            assert!(
                text(&taken.stderr).contains("is taken"),
                "{}",
                text(&taken.stderr)
            );
            // One who has connected and says nothing, and one who has asked:
            // the answer is read only when the server has ended.
            let mut idle = TcpStream::connect(host).expect("it listens");
            let mut asked = TcpStream::connect(host).expect("it listens");
            let request =
                format!("GET /?q=heron HTTP/1.1\r\nHost: {host}\r\n\r\n");
            asked.write_all(request.as_bytes()).expect("it reads");
            let kill = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(kill.expect("kill can be run").success());
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.code(), Some(code));
            assert!(
                text(&output.stderr).contains("ending"),
                "{}",
                text(&output.stderr)
            );
            let mut answer = String::new();
            asked.read_to_string(&mut answer).expect("it is answered");
            assert!(answer.contains("<mark>heron</mark>"), "{answer}");
            assert_eq!(
                idle.read(&mut [0; 1]).expect("it is closed in order"),
                0
            );
        }
    });
}
