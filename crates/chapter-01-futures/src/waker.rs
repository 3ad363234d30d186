//! A future that keeps no waker is never polled again.
//!
//! Only the waker of its latest poll counts.

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use tracing::{Instrument, info_span};

// ANCHOR: mailbox
/// A letter, by its text.
pub type Letter = &'static str;

/// Where a letter arrives. Shared by whoever waits for it and whoever delivers it.
#[derive(Debug, Default)]
pub struct Mailbox {
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    letter: Option<Letter>,
    /// Of whoever waits; `None` while nobody does.
    waker: Option<Waker>,
}

impl Mailbox {
    /// Puts the letter in, then wakes whoever waits for it.
    pub fn deliver(&self, letter: Letter) {
        let mut inside = self.open();
        inside.letter = Some(letter);
        let waker = inside.waker.take();
        // Whoever is woken looks at once, and needs the lock.
        drop(inside);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn open(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nobody panics with the lock")
    }
}
// ANCHOR_END: mailbox

// ANCHOR: keep_latest
/// Looks for the letter. If there is none, keeps the waker of this poll.
pub fn keep_latest(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    match &mut inside.waker {
        // Clones only if the two would not wake the same task.
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
    Poll::Pending
}
// ANCHOR_END: keep_latest

// ANCHOR: keep_none
/// Looks for the letter. If there is none, keeps nothing.
pub fn keep_none(mailbox: &Mailbox, _: &mut Context<'_>) -> Poll<Letter> {
    match mailbox.open().letter.take() {
        Some(letter) => Poll::Ready(letter),
        None => Poll::Pending,
    }
}
// ANCHOR_END: keep_none

// ANCHOR: wake_at_once
/// Looks for the letter. If there is none, asks to look again at once.
pub fn wake_at_once(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    if let Some(letter) = mailbox.open().letter.take() {
        return Poll::Ready(letter);
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
// ANCHOR_END: wake_at_once

// ANCHOR: keep_first
/// Looks for the letter. If there is none, keeps the waker of the first poll.
pub fn keep_first(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    inside.waker.get_or_insert_with(|| cx.waker().clone());
    Poll::Pending
}
// ANCHOR_END: keep_first

/// One of the four ways above.
pub type Look = fn(&Mailbox, &mut Context<'_>) -> Poll<Letter>;

// ANCHOR: letter
/// A future of the letter in `mailbox`. Each poll calls `look`, and is counted.
pub fn letter(
    look: Look,
    mailbox: Arc<Mailbox>,
    polls: Arc<AtomicUsize>,
) -> impl Future<Output = Letter> {
    poll_fn(move |cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        look(&mailbox, cx)
    })
}
// ANCHOR_END: letter

// ANCHOR: look_then_wait
/// Looks once, and awaits only what is not there yet.
pub async fn look_then_wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // Polls once, with a waker that does nothing.
    if let Some(output) = future.as_mut().now_or_never() {
        return output;
    }
    future.await
}
// ANCHOR_END: look_then_wait

/// Waits for a letter in three ways, then in two ways for one that was looked for before.
pub fn main() -> Result<(), Box<dyn Error>> {
    let ways: [(&str, Look); 3] =
        [("keep_none", keep_none), ("wake_at_once", wake_at_once), ("keep_latest", keep_latest)];
    compare("a letter comes after 40 ms: who is woken?", &ways, letter);

    println!();
    let ways: [(&str, Look); 2] = [("keep_first", keep_first), ("keep_latest", keep_latest)];
    compare("somebody looked once before: who is woken?", &ways, |look, mailbox, polls| {
        look_then_wait(letter(look, mailbox, polls))
    });
    Ok(())
}

/// Waits in all `ways` at once, each on a thread of its own and for a letter of its own.
fn compare<F: Future<Output = Letter> + Send + 'static>(
    title: &str,
    ways: &[(&'static str, Look)],
    wait: fn(Look, Arc<Mailbox>, Arc<AtomicUsize>) -> F,
) {
    let patience = Duration::from_millis(60);
    let timeline = timeline::timeline(title);
    let start = |&(way, look): &(&'static str, Look)| {
        let (mailbox, polls) = (Arc::<Mailbox>::default(), Arc::<AtomicUsize>::default());
        let future = wait(look, Arc::clone(&mailbox), Arc::clone(&polls));
        (way, mailbox, polls, on_a_thread(future.instrument(info_span!("wait", way))))
    };
    let waiting: Vec<_> = ways.iter().map(start).collect();
    thread::sleep(Duration::from_millis(40));
    for (_, mailbox, ..) in &waiting {
        mailbox.deliver("Dear Ada");
    }
    let letters: Vec<_> =
        waiting.iter().map(|(.., output)| output.recv_timeout(patience)).collect();
    timeline.draw();

    println!("                 polls");
    for ((way, _, polls, _), letter) in waiting.iter().zip(letters) {
        let outcome = match letter {
            Ok(letter) => format!("has the letter: {letter:?}"),
            Err(_) => format!("STUCK: not woken {patience:?} after the letter came"),
        };
        println!("  {way:12} {:>7}   {outcome}", polls.load(Ordering::Relaxed));
    }
}

/// Awaits `future` on a thread of its own. The output comes out of the channel, if it ever comes:
/// a thread that is stuck stays behind, and ends with the process.
pub fn on_a_thread<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> mpsc::Receiver<T> {
    let (sender, output) = mpsc::channel();
    thread::spawn(move || sender.send(block_on(future)));
    output
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
