//! A future does nothing before its first poll.
//!
//! A thread starts immediately.
//!
//! Where the lint is an error, a future that is made and not awaited does not
//! compile:
//!
//! ```compile_fail
//! #![deny(unused_must_use)]
//!
//! async fn post(letter: &str) {}
//!
//! async fn forgetful() {
//!     post("to Ada");
//! }
//! ```
//!
//! Awaited, it does:
//!
//! ```
//! #![deny(unused_must_use)]
//!
//! async fn post(letter: &str) {}
//!
//! async fn careful() {
//!     post("to Ada").await;
//! }
//! ```

// ANCHOR: program
use std::cell::RefCell;
use std::error::Error;
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use tracing::info_span;

// ANCHOR: as_thread
/// Makes a thread of `work`, runs the errand, then asks for the result.
pub fn as_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    errand: impl FnOnce(),
) -> T {
    let started = thread::spawn(work);
    errand();
    started.join().expect("the work does not panic")
}
// ANCHOR_END: as_thread

// ANCHOR: as_future
/// Makes a future of `work`, runs the errand, then asks for the result.
pub fn as_future<T>(work: impl FnOnce() -> T, errand: impl FnOnce()) -> T {
    let made = async move { work() };
    errand();
    block_on(made)
}
// ANCHOR_END: as_future

// ANCHOR: post
/// Puts a letter into the mailbox.
pub async fn post(letter: &'static str, mailbox: &RefCell<Vec<&'static str>>) {
    mailbox.borrow_mut().push(letter);
}

/// Posts two letters.
pub async fn careful(mailbox: &RefCell<Vec<&'static str>>) {
    post("to Ada", mailbox).await;
    post("to Grace", mailbox).await;
}
// ANCHOR_END: post

// ANCHOR: forgetful
/// Posts one letter, and believes it was two.
#[expect(unused_must_use, reason = "the bug this lesson shows")]
pub async fn forgetful(mailbox: &RefCell<Vec<&'static str>>) {
    post("to Ada", mailbox);
    post("to Grace", mailbox).await;
}
// ANCHOR_END: forgetful

/// Does the same work as a thread and as a future, then posts letters with and
/// without `.await`.
pub fn main() -> Result<(), Box<dyn Error>> {
    let errand = || {
        info_span!("errand")
            .in_scope(|| thread::sleep(Duration::from_millis(20)))
    };

    let timeline = timeline::timeline("a thread: counts during the errand");
    let found = as_thread(count, errand);
    timeline.draw();
    println!("primes found: {found}\n");

    let timeline =
        timeline::timeline("a future: made before the errand, counts after it");
    let found = as_future(count, errand);
    timeline.draw();
    println!("primes found: {found}\n");

    let mailbox = RefCell::default();
    block_on(careful(&mailbox));
    println!("both letters awaited:   {:?}", mailbox.take());
    block_on(forgetful(&mailbox));
    println!("one `.await` forgotten: {:?}", mailbox.take());
    Ok(())
}

// ANCHOR: count
/// The work: counts the primes below 200,000.
pub fn count() -> usize {
    // Made here, by the work itself: the row begins when the work does.
    info_span!("count")
        .in_scope(|| (0..200_000).filter(|&n| is_prime(n)).count())
}
// ANCHOR_END: count

fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
