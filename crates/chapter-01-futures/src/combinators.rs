//! One future of many: all, a few at a time, or the first.
//!
//! All at once means that all are alive at once, and two that live at once
//! cannot both have the same `&mut`:
//!
//! ```compile_fail,E0499
//! async fn fetch(bytes: &mut usize) {
//!     *bytes += 1;
//! }
//!
//! async fn both(bytes: &mut usize) {
//!     futures::future::join(fetch(bytes), fetch(bytes)).await;
//! }
//! ```
//!
//! Let each return its share instead:
//!
//! ```
//! async fn fetch() -> usize {
//!     1
//! }
//!
//! async fn both() -> usize {
//!     let (one, other) = futures::future::join(fetch(), fetch()).await;
//!     one + other
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{Either, join, select};
use futures::stream::{self, FuturesUnordered, StreamExt};
use tracing::{Instrument, info_span};

// ANCHOR: one_by_one
/// Awaits each answer before it sends the next letter.
pub async fn one_by_one<T>(
    letters: RangeInclusive<usize>,
    answer: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    let mut answers = Vec::new();
    for letter in letters {
        answers.push(answer(letter).await);
    }
    answers
}
// ANCHOR_END: one_by_one

// ANCHOR: all_at_once
/// Sends all letters, and takes the answers as they come.
pub async fn all_at_once<T>(
    letters: RangeInclusive<usize>,
    answer: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    let mut under_way: FuturesUnordered<_> =
        letters.map(|letter| answer(letter)).collect();
    let mut answers = Vec::new();
    while let Some(came) = under_way.next().await {
        answers.push(came);
    }
    answers
}
// ANCHOR_END: all_at_once

// ANCHOR: a_few_at_a_time
/// Sends `bound` letters, and one more whenever an answer has come.
pub async fn a_few_at_a_time<T>(
    bound: usize,
    letters: RangeInclusive<usize>,
    answer: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    stream::iter(letters)
        .map(|letter| answer(letter))
        .buffer_unordered(bound)
        .collect()
        .await
}
// ANCHOR_END: a_few_at_a_time

// ANCHOR: first
/// Returns the answer of whoever answers first. The other is dropped where it
/// stands.
pub async fn first<T>(
    one: impl Future<Output = T>,
    other: impl Future<Output = T>,
) -> T {
    match select(pin!(one), pin!(other)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((answer, _)) => answer,
    }
}
// ANCHOR_END: first

/// Sends five letters in three ways, then asks two friends the same.
pub fn main() -> Result<(), Box<dyn Error>> {
    let timeline =
        timeline::timeline("awaited in a for loop: one letter at a time");
    let answers = block_on(one_by_one(1..=5, answer));
    timeline.draw();
    println!("came: {answers:?}\n");

    let timeline = timeline::timeline(
        "FuturesUnordered: all at once, on the same one thread",
    );
    let answers = block_on(all_at_once(1..=5, answer));
    timeline.draw();
    println!("came: {answers:?}\n");

    let timeline = timeline::timeline(
        "buffer_unordered(2): never more than two under way",
    );
    let answers = block_on(a_few_at_a_time(2, 1..=5, answer));
    timeline.draw();
    println!("came: {answers:?}\n");

    let timeline = timeline::timeline(
        "select: the first answer is enough, the other is dropped",
    );
    let friends =
        [("far", 60), ("near", 20)].map(|(friend, takes)| async move {
            let takes = Duration::from_millis(takes);
            wait(takes).instrument(info_span!("ask", friend, ?takes)).await;
            friend
        });
    let [far, near] = friends;
    let friend = block_on(first(far, near));
    timeline.draw();
    println!("answered: {friend}\n");

    let (letter, greeting) = block_on(join(answer(2), async { "Dear Grace" }));
    println!("join, of two types: {letter}, {greeting:?}");
    Ok(())
}

// ANCHOR: answer
/// Returns the number of the letter when its answer has come.
pub async fn answer(letter: usize) -> usize {
    let takes = Duration::from_millis([50, 10, 20, 40, 15][letter - 1]);
    wait(takes).instrument(info_span!("answer", letter)).await;
    letter
}
// ANCHOR_END: answer

/// Waits as long as `takes` says. Another thread sleeps meanwhile.
async fn wait(takes: Duration) {
    let (sender, time_is_up) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(takes);
        // An error says that nobody waits anymore.
        let _ = sender.send(());
    });
    time_is_up.await.expect("the thread sends");
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
