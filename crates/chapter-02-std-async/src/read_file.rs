//! A thread reads the file and hands it back.
//!
//! Work that blocks goes to a thread of its own, which leaves the result and
//! wakes.
//!
//! The waker in `cx` is only lent for the one call of `poll`. A thread may live
//! longer, so it needs a clone:
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

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tracing::{Instrument, info_span};

// ANCHOR: read
/// Returns what is in the file, read on a thread of its own.
pub async fn read(path: PathBuf) -> Result<Vec<u8>, ReadError> {
    unblock(move || {
        fs::read(&path).map_err(|source| ReadError { path, source })
    })
    .await
}

/// A file that could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// Why it cannot be read.
    pub source: io::Error,
}
// ANCHOR_END: read

// ANCHOR: unblock
/// Does `work` on a thread of its own, and returns what it returns. If it
/// panics, so does this.
pub async fn unblock<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
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

/// Shared by the worker and the one who polls.
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
/// Reads a file on a thread of its own, and has no place where the result could
/// wait.
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

/// Reads two slow files at once in two ways, then a file and a missing one,
/// right and wrong.
pub fn main() -> Result<(), Box<dyn Error>> {
    let row = |file: u32| info_span!("read", file);

    let timeline =
        timeline::timeline("in place: the thread that polls is at the disk");
    block_on(join_all(
        [1, 2].map(|file| in_place(slow(file)).instrument(row(file))),
    ));
    timeline.draw();

    println!();
    let timeline =
        timeline::timeline("unblocked: the thread that polls is free");
    block_on(join_all(
        [1, 2].map(|file| unblock(slow(file)).instrument(row(file))),
    ));
    timeline.draw();

    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let missing = PathBuf::from("missing.txt");

    println!("\nthe result handed back");
    let content = block_on(read(here.clone()))?;
    let text = String::from_utf8_lossy(&content);
    println!(
        "  Cargo.toml   begins with {:?}",
        text.lines().next().unwrap_or_default()
    );
    match block_on(read(missing.clone())) {
        Ok(content) => println!("  missing.txt  has {} bytes", content.len()),
        Err(error) => println!("  error: {error}"),
    }

    print_no_way_back([("Cargo.toml", here), ("missing.txt", missing)]);
    Ok(())
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read '{}': {}", self.path.display(), self.source)
    }
}

impl Error for ReadError {}

/// Runs `future` on a thread of its own, and waits for its output no longer
/// than `patience`.
///
/// # Errors
/// `Timeout` if it is not done by then, `Disconnected` if it panicked.
fn watch<T: Send + 'static>(
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

/// Reads each file with [`OneWay`], and prints what became of it.
fn print_no_way_back(files: [(&str, PathBuf); 2]) {
    println!("no way back");
    for (name, path) in files {
        let outcome = match watch(
            Duration::from_millis(300),
            OneWay { path: Some(path) },
        ) {
            Ok(content) => format!("{} bytes", content.len()),
            Err(RecvTimeoutError::Disconnected) => {
                "PANIC: the second poll has no path".to_owned()
            }
            Err(RecvTimeoutError::Timeout) => {
                "STUCK: its thread panicked, nobody wakes".to_owned()
            }
        };
        println!("  {name:11}  {outcome}");
    }
}

/// A read from a slow disk; file 2 takes twice as long. In the picture, `disk`
/// is the thread that it keeps.
fn slow(file: u32) -> impl FnOnce() + Send + 'static {
    move || {
        info_span!("disk", file)
            .in_scope(|| thread::sleep(file * Duration::from_millis(30)))
    }
}

/// Polls all until all are ready.
async fn join_all<F: Future<Output = ()>>(
    futures: impl IntoIterator<Item = F>,
) {
    let mut left: Vec<_> = futures.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        // One that was ready is gone: it must not be polled again.
        left.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if left.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
