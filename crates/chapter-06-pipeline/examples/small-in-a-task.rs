//! The mistake of the lesson `small`: `par_iter` on the runtime's thread. No
//! other task runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let ticker = Arc::clone(&ticks);
    tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(1)).await;
            ticker.fetch_add(1, Relaxed);
        }
    });
    sleep(Duration::from_millis(20)).await;

    let before = ticks.swap(0, Relaxed) > 0;
    // 40 pages. The sleep stands for the counting: it keeps its thread.
    (0..40)
        .into_par_iter()
        .for_each(|_| thread::sleep(Duration::from_millis(5)));
    println!(
        "before, the other task {}",
        if before { "ran" } else { "did not run" }
    );
    println!(
        "while the pages were counted, it ran {} times",
        ticks.load(Relaxed)
    );
}
