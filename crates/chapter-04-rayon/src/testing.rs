//! A pool for the tests of several lessons.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool whose threads are called `rayon 0`, `rayon 1`, …
pub(crate) fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("rayon {index}"))
        .build()
        .expect("room for a few threads")
}
