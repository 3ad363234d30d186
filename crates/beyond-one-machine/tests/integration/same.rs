//! Without anything that goes wrong in the middle: the same index and the same
//! report as from chapter 6, byte for byte.

use std::fs;

use origin::{Origin, Site};
use own_nats::Server;

use super::stage::{
    CONCURRENCY, Made, Process, Task, address, folder, made, site_with_faults,
};

/// What a coordinator makes with so many workers.
fn with_workers(task: &Task, workers: usize, files: bool) -> Option<Made> {
    let server = Server::for_test()?;
    let address = address(&server);
    let folder = folder();
    let root = std::env::temp_dir();
    let files = files.then_some(&*root);
    let _workers: Vec<Process> =
        (0..workers).map(|_| Process::worker(&address, files)).collect();
    let coordinator = task.coordinator(&address, folder.path());
    let output = Process::start(coordinator).output("the coordinator");
    Some(made(&output, folder.path()))
}

/// One worker makes it, and so do three, and the limits hold.
fn assert_the_same(origin: &Origin, task: &Task, expected: &Made) {
    for workers in [1, 3] {
        origin.reset_counts();
        let Some(made) = with_workers(task, workers, false) else { return };
        made.assert_is(expected, &format!("{workers} workers"));
        // Whoever makes them, and however many these are.
        let at_once = origin.counts().peak_in_flight;
        assert!(at_once <= CONCURRENCY, "{at_once} requests at once");
    }
}

#[test]
fn pages_with_faults_are_the_same_with_one_worker_and_with_three() {
    let origin = site_with_faults(60);
    let task = Task::of(&origin);
    let expected = task.by_chapter_6();
    assert!(expected.report["failed"].as_u64() >= Some(8));
    assert_the_same(&origin, &task, &expected);
}

#[test]
fn a_crawl_is_the_same_with_one_worker_and_with_three() {
    let origin = site_with_faults(60);
    let first = origin.url_of(&origin.site().paths()[0]);
    let noindex = origin.url_of("/noindex.html");
    let task = Task { sources: vec![first, noindex], follow: Some(5) };
    let expected = task.by_chapter_6();
    assert!(expected.report["documents"].as_u64() > Some(20));
    assert!(expected.report["skipped"].as_u64() >= Some(2));
    assert_the_same(&origin, &task, &expected);
}

#[test]
fn files_and_a_page_larger_than_a_message_are_the_same() {
    let words = (0..300_000_u64).fold(String::new(), |all, nth| {
        all + &format!("w{} ", nth * 7_919 % 60_000)
    });
    let folder = folder();
    let mut sources = Vec::new();
    for nth in 0..20 {
        let path = folder.path().join(format!("{nth}.html"));
        let title = "<title>A file</title><h1 id=a>Part</h1>";
        fs::write(&path, format!("{title}<p>number {nth} of the files"))
            .expect("it can be written");
        sources.push(path.to_string_lossy().into_owned());
    }
    let plain = folder.path().join("a.txt");
    fs::write(&plain, "plain words").expect("it can be written");
    sources.push(plain.to_string_lossy().into_owned());
    let site = Site::pages([("/large.html", format!("<p>{words}"))]);
    let origin = Origin::serve(site).start().expect("a server on loopback");
    sources.extend(origin.urls());
    let task = Task { sources, follow: None };
    let expected = task.by_chapter_6();
    assert_eq!(expected.report["documents"].as_u64(), Some(22));
    let Some(made) = with_workers(&task, 2, true) else { return };
    made.assert_is(&expected, "files and a large page");
}
