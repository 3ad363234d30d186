//! From Tokio to Rayon and back.
//!
//! A runtime's thread must never compute for long: every other task on it would
//! wait. So the work goes to a pool of its own and its result comes back
//! through a oneshot channel.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

/// A Rayon pool that asynchronous code can hand work to.
#[derive(Debug)]
pub struct Bridge {
    pool: ThreadPool,
    waiting: Arc<AtomicUsize>,
}

/// The work panicked; this is what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work panicked: {0}")]
pub struct Panicked(pub String);

// ANCHOR: bridge
impl Bridge {
    /// Starts the pool.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(threads: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("rayon {index}"))
            .start_handler(|_| lower_priority())
            // Without a handler a panic in a spawned job aborts the process.
            // `run` catches those of its work; this is for what it cannot
            // catch, such as a panic in a drop.
            .panic_handler(|_| {})
            .build()
            .map_err(io::Error::other)?;
        Ok(Bridge { pool, waiting: Arc::default() })
    }

    /// Runs `work` on the pool and waits for its result without holding a
    /// thread.
    ///
    /// Whatever must last as long as the work (a permit, a guard) belongs
    /// *into* the closure: it goes on when the waiting future is dropped. Work
    /// that has not begun by then never begins, and is dropped with everything
    /// in it.
    ///
    /// # Errors
    /// If the work panicked. The pool keeps its threads.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (sender, receiver) = oneshot::channel();
        let waiting = Arc::clone(&self.waiting);
        waiting.fetch_add(1, Ordering::Relaxed);
        self.pool.spawn(move || {
            waiting.fetch_sub(1, Ordering::Relaxed);
            if sender.is_closed() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(work));
            // An error means that nobody waits anymore, which the work could
            // not know.
            let _ = sender.send(
                result.map_err(|payload| Panicked(panic_message(&*payload))),
            );
        });
        receiver.await.unwrap_or_else(|_| {
            Err(Panicked("it was lost in a second panic".into()))
        })
    }

    /// Work that no thread of the pool has begun yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The pool, for work that is not asynchronous at all.
    pub fn pool(&self) -> &ThreadPool {
        &self.pool
    }
}

/// Lets the system prefer threads that wait most of the time, as the runtime's
/// do, to this one, which computes: they need a core at once, for a moment.
fn lower_priority() {
    // Elsewhere this is a property of the whole process.
    #[cfg(target_os = "linux")]
    {
        // A thread that may not be nicer computes all the same.
        let _ = rustix::process::nice(NICER);
    }
}

/// From 1 to 19, the nicest.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;
// ANCHOR_END: bridge

/// The words of a panic, if it had any.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it did not say why".into())
}

#[cfg(test)]
mod tests;
