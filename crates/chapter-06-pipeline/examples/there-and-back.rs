//! The smallest bridge: from a task to Rayon's threads, and back.

use rayon::prelude::*;
use tokio::sync::oneshot;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let numbers: Vec<u64> = (1..=1_000_000).collect();
    let (sender, sum) = oneshot::channel();
    // The way there. It returns at once, and this thread is free for other
    // tasks.
    rayon::spawn(move || {
        let squares = numbers.par_iter().map(|number| number * number);
        // An error would say that nobody waits anymore.
        let _ = sender.send(squares.sum::<u64>());
    });
    // The way back.
    println!(
        "the sum of a million squares: {}",
        sum.await.expect("the job sends")
    );
}
