//! Dropping the origin ends it, whatever is in flight.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use origin::{Fault, Origin, Site};

use crate::raw::{PATIENCE, ask, connect, eventually, get};

/// A page that tells when the last of the server that serves it is gone.
struct Page(Arc<AtomicBool>);

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        b"<h1>page</h1>"
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn drop_within_patience(origin: Origin) {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        drop(origin);
        done.send(())
    });
    wait.recv_timeout(PATIENCE).expect("the drop returns");
}

#[test]
fn a_drop_frees_everything_whatever_is_in_flight() {
    let faults = Fault::samples();
    let gone = Arc::new(AtomicBool::new(false));
    let page = Bytes::from_owner(Page(Arc::clone(&gone)));
    let paths: Vec<_> =
        faults.iter().map(|(name, _)| format!("/{name}.html")).collect();
    let site = Site::pages(paths.iter().map(|path| (path, page.clone())));
    drop(page);
    let mut builder = Origin::serve(site).latency(Duration::from_millis(1));
    for (path, (_, fault)) in paths.iter().zip(faults) {
        builder = builder.fault(path, fault);
    }
    let origin = builder.start().expect("loopback");
    let address = origin.address();
    let mut streams: Vec<_> = paths.iter().map(|_| connect(&origin)).collect();
    streams.iter_mut().zip(&paths).for_each(|(stream, path)| ask(stream, path));
    eventually("all asked", || origin.counts().requests == paths.len() as u64);
    assert!(!gone.load(Ordering::SeqCst));

    drop_within_patience(origin);

    assert!(
        gone.load(Ordering::SeqCst),
        "the thread is joined and holds nothing"
    );
    let refused = TcpStream::connect(address).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    for (mut stream, path) in streams.into_iter().zip(paths) {
        // In order or by a reset, but an end.
        if let Err(error) = stream.read_to_end(&mut Vec::new()) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{path}");
        }
    }
}

#[test]
fn a_drop_does_not_wait_for_latency_or_bandwidth() {
    let hour = Duration::from_secs(3600);
    let site = Site::pages([("/", "x".repeat(1_000_000))]);
    let slow_start =
        Origin::serve(site.clone()).latency(hour).start().expect("loopback");
    let slow_body =
        Origin::serve(site).bandwidth(10).start().expect("loopback");
    let mut streams = [connect(&slow_start), connect(&slow_body)];
    streams.iter_mut().for_each(|stream| ask(stream, "/"));
    for origin in [slow_start, slow_body] {
        eventually("in flight", || origin.counts().in_flight == 1);
        drop_within_patience(origin);
    }
}

#[test]
fn a_lesson_that_blocks_its_runtime_does_not_block_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    // Both the start and the drop are inside, as in a lesson.
    runtime.block_on(async {
        let origin = Origin::serve(Site::pages([("/", "here")]))
            .start()
            .expect("loopback");
        assert_eq!(get(&origin, "/").text(), "here");
    });
}

#[test]
fn an_origin_can_be_shared_and_sent() {
    fn everywhere<T: Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let origin =
        Origin::serve(Site::pages([("/", "")])).start().expect("loopback");
    everywhere(&origin);
    everywhere(origin.site());
}

#[test]
fn what_cannot_be_served_does_not_start() {
    let site = Site::pages([("/", "")]);
    for builder in [
        Origin::serve(site.clone()).fault_rate(2.0, Fault::Empty),
        Origin::serve(site.clone()).fault("/", Fault::Status(1)),
    ] {
        let error = builder.start().expect_err("it cannot be served");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}
