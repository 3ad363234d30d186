//! Work that blocks goes to a thread of its own, which hands the result back and wakes.
//!
//! The waker in `cx` is only lent for the one call of `poll`. A thread may live longer, so it
//! needs a clone:
//!
//! ```compile_fail,E0521
//! use std::task::Context;
//! use std::thread;
//!
//! fn wake_later(cx: &mut Context<'_>) {
//!     let waker = cx.waker();
//!     thread::spawn(move || waker.wake_by_ref());
//! }
//! ```

use std::error::Error;
use std::fmt;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tracing::{Instrument, info_span};

use crate::async_fn::{block_on, join};

// ANCHOR: read
/// Returns what is in the file, read on a thread of its own.
pub async fn read(path: PathBuf) -> Result<Vec<u8>, ReadError> {
    unblock(move || fs::read(&path).map_err(|source| ReadError { path, source })).await
}

/// A file that could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// Which.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}
// ANCHOR_END: read

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read '{}': {}", self.path.display(), self.source)
    }
}

impl Error for ReadError {}

// ANCHOR: unblock
/// Does `work` on a thread of its own, and returns what it returns. If it panics, so does this.
pub async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let shared = Arc::new(Mutex::new(Shared { result: None, waker: None }));

    let workers = Arc::clone(&shared);
    thread::spawn(move || {
        // A panic is a result, too: whoever waits must hear of it.
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let mut shared = workers.lock().expect("nobody panics with the lock");
        shared.result = Some(result);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    });

    let result = poll_fn(|cx| {
        let mut shared = shared.lock().expect("nobody panics with the lock");
        match shared.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    });
    result.await.unwrap_or_else(|its_panic| panic::resume_unwind(its_panic))
}

/// What the worker and the one who polls have in common.
struct Shared<T> {
    /// Put here by the worker, taken by the poll that finds it.
    result: Option<thread::Result<T>>,
    /// Put here by each poll that finds no result, taken by the worker.
    waker: Option<Waker>,
}
// ANCHOR_END: unblock

// ANCHOR: in_place
/// Does `work` where it is polled.
pub async fn in_place<T>(work: impl FnOnce() -> T) -> T {
    work()
}
// ANCHOR_END: in_place

// ANCHOR: one_way
/// Reads a file on a thread of its own, and has no place where the result could wait.
#[derive(Debug)]
pub struct OneWay {
    path: Option<PathBuf>,
}

impl Future for OneWay {
    type Output = Vec<u8>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        let path = self.path.take().expect("a path to read");
        let waker = cx.waker().clone();
        thread::spawn(move || {
            let _content = fs::read(path).expect("a file that can be read");
            waker.wake();
        });
        Poll::Pending
    }
}
// ANCHOR_END: one_way

// ANCHOR: watch
/// Runs `future` on a thread of its own, and waits for its output no longer than `patience`.
///
/// # Errors
/// `Timeout` if it is not done by then, `Disconnected` if it panicked.
pub fn watch<T: Send + 'static>(
    patience: Duration,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, RecvTimeoutError> {
    let (done, watchdog) = mpsc::channel();
    thread::spawn(move || {
        // An error says that the watchdog has given up.
        let _ = done.send(block_on(future));
    });
    watchdog.recv_timeout(patience)
}
// ANCHOR_END: watch

/// A read from a slow disk; file 2 takes twice as long. In the picture, `disk` is the thread that
/// it keeps.
fn slow(file: u32) -> impl FnOnce() + Send + 'static {
    move || info_span!("disk", file).in_scope(|| thread::sleep(file * Duration::from_millis(30)))
}

// ANCHOR: main
/// Reads two slow files at once in two ways, then a file and a missing one, right and wrong.
pub fn main() -> Result<(), Box<dyn Error>> {
    let row = |file: u32| info_span!("read", file);

    let timeline = lessons::timeline("in place: the thread that polls is at the disk");
    block_on(join(in_place(slow(1)).instrument(row(1)), in_place(slow(2)).instrument(row(2))));
    timeline.draw();

    println!();
    let timeline = lessons::timeline("unblocked: the thread that polls is free");
    block_on(join(unblock(slow(1)).instrument(row(1)), unblock(slow(2)).instrument(row(2))));
    timeline.draw();

    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let missing = PathBuf::from("missing.txt");

    println!("\nthe result handed back");
    let content = block_on(read(here.clone()))?;
    let text = String::from_utf8_lossy(&content);
    println!("  Cargo.toml   begins with {:?}", text.lines().next().unwrap_or_default());
    match block_on(read(missing.clone())) {
        Ok(content) => println!("  missing.txt  has {} bytes", content.len()),
        Err(error) => println!("  error: {error}"),
    }

    println!("no way back");
    for (name, path) in [("Cargo.toml ", here), ("missing.txt", missing)] {
        let told = match watch(Duration::from_millis(300), OneWay { path: Some(path) }) {
            Ok(content) => format!("{} bytes", content.len()),
            Err(RecvTimeoutError::Disconnected) => "PANIC in the second poll".to_owned(),
            Err(RecvTimeoutError::Timeout) => "STUCK: its thread is gone, nobody wakes".to_owned(),
        };
        println!("  {name}  {told}");
    }
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use witness::{Log, Rendezvous, Threads, polls, within};

    const LONG: Duration = Duration::from_secs(60);

    fn manifest() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until nobody else has this bell. Returns how often it was rung until then.
    fn rung_until_alone(bell: &Arc<Bell>) -> usize {
        while Arc::strong_count(bell) > 1 {
            thread::yield_now();
        }
        bell.0.load(Ordering::SeqCst)
    }

    #[test]
    fn a_file_arrives_whole() {
        let content = within(LONG, || block_on(read(manifest())));
        let expected = fs::read(manifest()).expect("it is there");
        assert_eq!(content.expect("it is there"), expected);
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_path() {
        let error = within(LONG, || block_on(read(PathBuf::from("no/such.txt"))));
        let error = error.expect_err("it is not there");
        assert_eq!(error.path, Path::new("no/such.txt"));
        assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with("cannot read 'no/such.txt': "));
    }

    #[test]
    fn it_is_polled_once_at_first_and_once_when_woken() {
        let polls = within(LONG, || {
            let (go, gone) = mpsc::channel();
            // Not done before the first poll of both is over.
            let (working, polls) = polls(unblock(move || gone.recv()));
            let (worked, sent) = block_on(join(working, async move { go.send(()) }));
            worked.and(sent.map_err(|_| mpsc::RecvError)).expect("both are there");
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn a_neighbor_runs_while_the_work_blocks_unless_it_blocks_in_place() {
        let met = within(LONG, || {
            let pair = Rendezvous::new(2);
            let (worker, neighbor) = (pair.clone(), pair);
            block_on(join(unblock(move || worker.meet(LONG).is_ok()), async move {
                neighbor.meet(LONG).is_ok()
            }))
        });
        assert_eq!(met, (true, true));

        let met = within(LONG, || {
            let pair = Rendezvous::new(2);
            let (worker, neighbor) = (pair.clone(), pair);
            let short = Duration::from_millis(10);
            block_on(join(in_place(move || worker.meet(short).is_ok()), async move {
                neighbor.meet(short).is_ok()
            }))
        });
        assert_eq!(met, (false, false));
    }

    #[test]
    fn the_work_has_a_thread_of_its_own() {
        let (pollers, workers) = within(LONG, || {
            let (pollers, workers) = (Threads::new(), Threads::new());
            let noted = |threads: &Threads| {
                let threads = threads.clone();
                move || threads.note()
            };
            block_on(async {
                noted(&pollers)();
                unblock(noted(&workers)).await;
                noted(&pollers)();
            });
            (pollers, workers)
        });
        assert_eq!((pollers.count(), workers.count()), (1, 1));
        assert_ne!(pollers.ids(), workers.ids());
    }

    #[test]
    fn a_panic_in_the_work_reaches_whoever_awaits_it() {
        let caught = within(LONG, || catch_unwind(|| block_on(unblock(|| panic!("on purpose")))));
        let payload = caught.map(|(): ()| ()).expect_err("it panics");
        assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
    }

    #[test]
    fn the_one_who_polled_last_is_woken_and_finds_the_result() {
        let (first, second, found) = within(LONG, || {
            let (go, gone) = mpsc::channel();
            let (first, second) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
            let mut working = pin!(unblock(move || gone.recv()));
            for bell in [&first, &second] {
                let waker = Waker::from(Arc::clone(bell));
                assert!(working.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            go.send(7).expect("the worker waits");
            let rung = [&first, &second].map(rung_until_alone);
            let found = working.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (rung[0], rung[1], found)
        });
        assert_eq!((first, second), (0, 1));
        assert_eq!(found, Poll::Ready(Ok(7)));
    }

    #[test]
    fn no_thread_begins_before_the_first_poll_and_none_ends_with_the_future() {
        let events = within(LONG, || {
            let log = Log::new();
            let (never, begun) = (log.clone(), log.clone());
            drop(unblock(move || never.push("not polled")));

            let (go, gone) = mpsc::channel();
            let (end, ended) = mpsc::channel();
            let mut working = Box::pin(unblock(move || {
                gone.recv().expect("the test sends");
                begun.push("worked");
                end.send(()).expect("the test waits");
            }));
            assert!(working.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(working);
            log.push("dropped");
            go.send(()).expect("the worker waits");
            ended.recv().expect("the worker goes on");
            log.events()
        });
        assert_eq!(events, ["dropped", "worked"]);
    }

    #[test]
    fn without_a_way_back_the_second_poll_finds_nothing() {
        let (rung, panicked) = within(LONG, || {
            let bell = Arc::new(Bell::default());
            let waker = Waker::from(Arc::clone(&bell));
            let mut reading = OneWay { path: Some(manifest()) };
            let mut poll =
                move || Pin::new(&mut reading).poll(&mut Context::from_waker(&waker)).is_pending();
            assert!(poll());
            while bell.0.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            let panicked = catch_unwind(AssertUnwindSafe(&mut poll)).is_err();
            (bell.0.load(Ordering::SeqCst), panicked)
        });
        assert_eq!((rung, panicked), (1, true));
    }

    #[test]
    fn without_a_way_back_an_error_wakes_nobody() {
        let rung = within(LONG, || {
            let bell = Arc::new(Bell::default());
            let mut reading = OneWay { path: Some(PathBuf::from("no/such.txt")) };
            {
                let waker = Waker::from(Arc::clone(&bell));
                let poll = Pin::new(&mut reading).poll(&mut Context::from_waker(&waker));
                assert!(poll.is_pending());
            }
            // Its thread has dropped the last waker: nobody is left who could ring.
            rung_until_alone(&bell)
        });
        assert_eq!(rung, 0);
    }

    #[test]
    fn the_watchdog_tells_done_from_panicked_from_stuck() {
        assert_eq!(watch(LONG, async { 7 }), Ok(7));
        let panics = async { panic!("on purpose") };
        assert_eq!(watch(LONG, panics), Err::<(), _>(RecvTimeoutError::Disconnected));
        let stuck = std::future::pending::<()>();
        assert_eq!(watch(Duration::from_millis(10), stuck), Err(RecvTimeoutError::Timeout));
    }
}
