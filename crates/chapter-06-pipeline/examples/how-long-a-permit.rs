//! Four permits for a hundred pages: given back after the request, or after the
//! work?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!(
        "until the request is done: {} pages in memory",
        most_in_memory(false).await
    );
    println!(
        "until the work is done:    {} pages in memory",
        most_in_memory(true).await
    );
}

/// The most pages that were in memory at once.
async fn most_in_memory(until_the_work_is_done: bool) -> usize {
    let permits = Arc::new(Semaphore::new(4));
    let in_memory = Arc::new(AtomicUsize::new(0));
    let mut most = 0;
    for _ in 0..100 {
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("nobody closes it");
        // The request: here, the page is there at once.
        most = most.max(in_memory.fetch_add(1, Relaxed) + 1);
        // What is not kept here is dropped, so it is free again.
        let kept = until_the_work_is_done.then_some(permit);
        let in_memory = Arc::clone(&in_memory);
        rayon::spawn(move || {
            thread::sleep(Duration::from_millis(5)); // the work
            in_memory.fetch_sub(1, Relaxed);
            drop(kept);
        });
    }
    most
}
