//! A future that keeps no waker is never polled again.

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use tracing::{Instrument, info_span};

// ANCHOR: mailbox
/// A letter, by its text.
pub type Letter = &'static str;

/// Where a letter arrives. Shared by whoever waits for it and whoever delivers
/// it.
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
        // Whoever is woken looks immediately, and needs the lock.
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
/// Looks for the letter. If there is none, asks to look again immediately.
pub fn wake_at_once(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    if let Some(letter) = mailbox.open().letter.take() {
        return Poll::Ready(letter);
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
// ANCHOR_END: wake_at_once

/// One of the three ways above.
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

/// Waits for a letter in all three ways at once, each on a thread of its own.
pub fn main() -> Result<(), Box<dyn Error>> {
    let patience = Duration::from_millis(60);
    let ways: [(&str, Look); 3] = [
        ("keep_none", keep_none),
        ("wake_at_once", wake_at_once),
        ("keep_latest", keep_latest),
    ];

    let timeline =
        timeline::timeline("a letter comes after 40 ms: who is woken?");
    let waiting = ways.map(|(way, look)| {
        let (mailbox, polls) =
            (Arc::<Mailbox>::default(), Arc::<AtomicUsize>::default());
        let letter = letter(look, Arc::clone(&mailbox), Arc::clone(&polls));
        let output = on_a_thread(letter.instrument(info_span!("wait", way)));
        (way, mailbox, polls, output)
    });
    thread::sleep(Duration::from_millis(40));
    for (_, mailbox, ..) in &waiting {
        mailbox.deliver("Dear Ada");
    }
    let letters =
        waiting.each_ref().map(|(.., output)| output.recv_timeout(patience));
    timeline.draw();

    println!("                 polls");
    for ((way, _, polls, _), letter) in waiting.iter().zip(letters) {
        let outcome = match letter {
            Ok(letter) => format!("has the letter: {letter:?}"),
            Err(_) => {
                format!("STUCK: not woken {patience:?} after the letter came")
            }
        };
        println!("  {way:12} {:>7}   {outcome}", polls.load(Ordering::Relaxed));
    }
    Ok(())
}

/// Awaits `future` on a thread of its own. The output comes out of the channel,
/// if it ever comes: a thread that is stuck stays behind, and ends with the
/// process.
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
