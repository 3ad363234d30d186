//! Only the waker of the latest poll counts.

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use tracing::{Instrument, info_span};

/// A mailbox for one letter.
#[derive(Debug, Default)]
pub struct Mailbox {
    letter: Option<&'static str>,
    /// Of whoever waits; `None` while nobody does.
    waker: Option<Waker>,
}

// ANCHOR: keep_first
/// Looks for the letter. If there is none, keeps the waker of the first poll.
pub fn keep_first(
    mailbox: &Mutex<Mailbox>,
    cx: &mut Context<'_>,
) -> Poll<&'static str> {
    let mut inside = mailbox.lock().expect(WHOLE);
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    inside.waker.get_or_insert_with(|| cx.waker().clone());
    Poll::Pending
}
// ANCHOR_END: keep_first

// ANCHOR: keep_latest
/// Looks for the letter. If there is none, keeps the waker of this poll.
pub fn keep_latest(
    mailbox: &Mutex<Mailbox>,
    cx: &mut Context<'_>,
) -> Poll<&'static str> {
    let mut inside = mailbox.lock().expect(WHOLE);
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

/// Puts a letter in, then wakes whoever waits for it.
pub fn deliver(mailbox: &Mutex<Mailbox>, letter: &'static str) {
    let mut inside = mailbox.lock().expect(WHOLE);
    inside.letter = Some(letter);
    let waker = inside.waker.take();
    // Whoever is woken looks immediately, and needs the lock.
    drop(inside);
    if let Some(waker) = waker {
        waker.wake();
    }
}

const WHOLE: &str = "nobody panics with the lock";

/// One of the two ways to look.
pub type Look = fn(&Mutex<Mailbox>, &mut Context<'_>) -> Poll<&'static str>;

/// Looks once, then waits for a letter, in both ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let patience = Duration::from_millis(60);
    let ways: [(&str, Look); 2] =
        [("keep_first", keep_first), ("keep_latest", keep_latest)];

    let timeline = timeline::timeline(
        "looked for once before, then awaited: who is woken?",
    );
    let waiting = ways.map(|(way, look)| {
        let mailbox = Arc::<Mutex<Mailbox>>::default();
        let inside = Arc::clone(&mailbox);
        let letter = look_then_wait(poll_fn(move |cx| look(&inside, cx)));
        (way, mailbox, on_a_thread(letter.instrument(info_span!("wait", way))))
    });
    thread::sleep(Duration::from_millis(40));
    for (_, mailbox, _) in &waiting {
        deliver(mailbox, "Dear Ada");
    }
    let letters =
        waiting.map(|(way, _, output)| (way, output.recv_timeout(patience)));
    timeline.draw();

    for (way, letter) in letters {
        match letter {
            Ok(letter) => println!("  {way:12} has the letter: {letter:?}"),
            Err(_) => println!(
                "  {way:12} STUCK: not woken {patience:?} after the letter came"
            ),
        }
    }
    Ok(())
}

/// Awaits `future` on a thread of its own. The output comes out of the channel,
/// if it ever comes: a thread that is stuck stays behind, and ends with the
/// process. (It is from the lesson `waker`.)
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
