//! What the tests of several lessons need.

use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A limit no slow machine reaches.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// A pool whose threads are called `rayon 0`, `rayon 1`, …
pub(crate) fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("rayon {index}"))
        .build()
        .expect("room for a few threads")
}
