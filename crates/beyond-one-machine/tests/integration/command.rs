//! The command line: what is missing is said in a line, with what to do next.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::Context;
use beyond_one_machine::program::{JOBS, RESULTS};
use futures::FutureExt;
use futures::future::BoxFuture;
use origin::{Generator, Origin, Site};
use own_nats::Server;
use serde_json::Value;

use super::stage::{
    Made, Process, Task, address, beyond, folder, made, refused,
    site_with_faults, text,
};

#[test]
fn a_server_that_is_not_there_is_one_line_and_exit_code_2() {
    let folder = folder();
    fs::write(folder.path().join("a.html"), "<p>a").expect("it is written");
    // A port that nobody listens on, for it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("it has one").port();
    drop(free);
    let server = format!("nats://secret@127.0.0.1:{port}");
    let mut index = beyond("index", &server);
    index.arg("a.html").current_dir(folder.path());
    for command in [index, beyond("work", &server)] {
        let said = refused(command);
        assert!(said.contains("no NATS server answers"), "{said}");
        assert!(said.contains("nats-server --jetstream"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    for wrong in ["http://127.0.0.1", "nats://secret@:x"] {
        let said = refused(beyond("work", wrong));
        assert!(said.contains("nats://HOST:PORT"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn without_an_address_a_worker_says_what_it_needs() {
    let mut work = Command::new(env!("CARGO_BIN_EXE_beyond"));
    work.arg("work").env_remove("BEYOND_NATS");
    work.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    assert!(refused(work).contains("BEYOND_NATS=URL"));
}

#[test]
fn without_nats_server_one_line_says_how_to_get_it() {
    let folder = folder();
    fs::write(folder.path().join("a.html"), "<p>a").expect("it is written");
    let mut index = beyond("index", "");
    index
        .env_remove("BEYOND_NATS")
        .env("NATS_SERVER", "/nowhere/nats-server")
        .current_dir(folder.path())
        .arg("a.html");
    let said = refused(index);
    assert!(said.contains("nats-server is not installed"), "{said}");
    assert!(said.contains("apt install nats-server"), "{said}");
}

#[test]
fn a_wrong_token_is_one_line_and_is_not_repeated() {
    let Some(server) = Server::for_test() else { return };
    let wrong = server.url().replace("nats://", "nats://wrong-token@");
    let said = refused(beyond("work", &wrong));
    assert!(said.contains("refuses the token"), "{said}");
    assert!(!said.contains("wrong-token"), "{said}");
}

/// A site with so many pages and faults, the task to index it, and what chapter
/// 6 makes of it.
fn site_and_index(pages: usize) -> (Origin, Task, Made) {
    let origin = site_with_faults(pages);
    let task = Task::of(&origin);
    let expected = task.by_chapter_6();
    origin.reset_counts();
    (origin, task, expected)
}

#[test]
fn a_run_without_workers_says_so_and_goes_on_when_one_comes() {
    let Some(server) = Server::for_test() else { return };
    let (_origin, task, expected) = site_and_index(12);
    let (folder, address) = (folder(), address(&server));
    let command = task.coordinator(&address, folder.path());
    let mut coordinator = Process::start(command);
    coordinator.wait_for("no worker takes the jobs; start one: beyond work");
    let _worker = Process::worker(&address, None);
    let output = coordinator.output("the coordinator");
    made(&output, folder.path()).assert_is(&expected, "a late worker");
}

#[test]
fn a_server_and_workers_of_its_own_make_the_same() {
    if own_nats::installed_for_test().is_none() {
        return;
    }
    let (_origin, task, expected) = site_and_index(20);
    let folder = folder();
    let mut command = task.coordinator("", folder.path());
    command.env_remove("BEYOND_NATS").args(["--workers", "2"]);
    // Of another server: this one is not encrypted.
    command.env("BEYOND_CA", "/nowhere/ca.pem");
    let output = Process::start(command).output("the program");
    made(&output, folder.path()).assert_is(&expected, "its own server");
}

/// What a worker had in hand is given back when it is asked to end: nobody
/// waits for it.
#[cfg(unix)]
#[test]
fn a_worker_that_is_asked_to_end_gives_back_what_it_has() {
    let Some(server) = Server::for_test() else { return };
    let (origin, task, expected) = site_and_index(60);
    let (folder, address) = (folder(), address(&server));
    let first = Process::worker(&address, None);
    let command = task.coordinator(&address, folder.path());
    let coordinator = Process::start(command);
    while origin.counts().requests < 20 {
        std::thread::yield_now();
    }
    let asked = Command::new("kill")
        .args(["-TERM", &first.id().to_string()])
        .status()
        .expect("kill can be run");
    assert!(asked.success());
    let ended = first.output("a worker that was asked to end");
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    let said = text(&ended.stderr);
    assert!(said.contains("jobs done; their results were"), "{said}");
    let _second = Process::worker(&address, None);
    let output = coordinator.output("the coordinator");
    made(&output, folder.path()).assert_is(&expected, "a worker went");
}

/// A run that is not told how many documents may be in flight asks for no more
/// than its workers can have in hand, and as much again.
#[test]
fn an_automatic_run_has_in_flight_what_its_workers_can_have_in_hand() {
    let Some(server) = Server::for_test() else { return };
    let site =
        Site::generated(Generator { pages: 400, ..Generator::default() });
    // So slow that chapter 6's watch would add permits.
    let origin = Origin::serve(site).latency(Duration::from_millis(20));
    let origin = origin.start().expect("a server on loopback");
    let (folder, address) = (folder(), address(&server));
    fs::write(folder.path().join("list"), origin.urls().join("\n"))
        .expect("it can be written");
    let in_flight = |workers: usize, jobs: &str| {
        let _workers: Vec<Process> = (0..workers)
            .map(|_| {
                let mut work = beyond("work", &address);
                work.args(["--jobs", jobs, "--threads", "1"]);
                let mut worker = Process::start(work);
                worker.wait_for("working for");
                worker
            })
            .collect();
        let mut index = beyond("index", &address);
        index.current_dir(folder.path()).args(["--files-from", "list"]);
        index.args(["--per-host", "1000", "--format", "json"]);
        let output = Process::start(index).output("the coordinator");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: Value =
            serde_json::from_slice(&output.stdout).expect("it is JSON");
        report["peak_in_flight"].as_u64().expect("it is a number")
    };
    // As many as any run begins with, for two workers of four jobs.
    assert_eq!(in_flight(2, "4"), 32);
    // Two of thirty have sixty.
    let many = in_flight(2, "30");
    assert!((60..=120).contains(&many), "{many}");
}

/// Does something to the streams of a server.
fn streams(server: &Server, change: fn(&Context) -> BoxFuture<'_, ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let (url, token) = (server.url(), server.token().to_owned());
    runtime.block_on(async move {
        let client = async_nats::ConnectOptions::with_token(token);
        let client = client.connect(url).await.expect("it is there");
        change(&async_nats::jetstream::new(client)).await;
    });
}

/// As on a server whose disk was lost.
#[test]
fn jobs_that_the_queue_has_lost_are_published_again() {
    let Some(server) = Server::for_test() else { return };
    let (_origin, task, expected) = site_and_index(20);
    let (folder, address) = (folder(), address(&server));
    let command = task.coordinator(&address, folder.path());
    let mut coordinator = Process::start(command);
    // By then the first jobs stand in the queue.
    coordinator.wait_for("no worker takes the jobs");
    streams(&server, |jetstream| {
        let delete = async move {
            for name in [JOBS, RESULTS] {
                jetstream.delete_stream(name).await.expect("it was there");
            }
        };
        delete.boxed()
    });
    let _worker = Process::worker(&address, None);
    let output = coordinator.output("the coordinator");
    made(&output, folder.path()).assert_is(&expected, "lost streams");
}

#[test]
fn what_is_no_job_is_thrown_away_and_the_worker_goes_on() {
    let Some(server) = Server::for_test() else { return };
    let (_origin, task, expected) = site_and_index(12);
    let (folder, address) = (folder(), address(&server));
    let mut worker = Process::worker(&address, None);
    worker.wait_for("working for");
    streams(&server, |jetstream| {
        let publish = async move {
            for junk in ["", "junk", "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}"] {
                let sent = jetstream.publish("overlap.jobs.url.x", junk.into());
                let stored = sent.await.expect("it is sent").await;
                stored.expect("it is stored");
            }
        };
        publish.boxed()
    });
    let command = task.coordinator(&address, folder.path());
    let output = Process::start(command).output("the coordinator");
    made(&output, folder.path()).assert_is(&expected, "junk before it");
    assert!(!worker.has_ended());
}
