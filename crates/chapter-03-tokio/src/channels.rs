//! A bounded channel makes a fast sender wait.

// ANCHOR: program
use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::{Instrument, Span, info_span};

// ANCHOR: bounded
/// Sends all `messages` through a channel with `room`. A full channel makes the
/// sender wait.
pub async fn bounded<M>(
    room: usize,
    messages: impl Iterator<Item = M>,
    mut receive: impl AsyncFnMut(M),
) {
    let (sender, mut receiver) = mpsc::channel(room);
    let send = async move {
        for message in messages {
            if sender.send(message).await.is_err() {
                break; // nobody receives anymore
            }
        }
    };
    let receive = async {
        while let Some(message) = receiver.recv().await {
            receive(message).await;
        }
    };
    tokio::join!(send, receive);
}
// ANCHOR_END: bounded

// ANCHOR: unbounded
/// Sends all `messages` through a channel without a bound. Its `send` has no
/// `.await`.
pub async fn unbounded<M>(
    messages: impl Iterator<Item = M>,
    mut receive: impl AsyncFnMut(M),
) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let send = async move {
        for message in messages {
            if sender.send(message).is_err() {
                break;
            }
        }
    };
    let receive = async {
        while let Some(message) = receiver.recv().await {
            receive(message).await;
        }
    };
    tokio::join!(send, receive);
}
// ANCHOR_END: unbounded

/// Draws eight messages as they go through a channel without a bound, and
/// through one with room for two; then counts the messages of larger numbers.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    // A message is a span: its row begins when it is made, and ends when it has
    // been handled.
    let messages = || (1..=8).map(|number| info_span!("message", number));
    let handle =
        |message: Span| sleep(Duration::from_millis(8)).instrument(message);

    let timeline =
        timeline::timeline("no bound: all messages are there at once");
    unbounded(messages(), handle).await;
    timeline.draw();
    println!();

    let timeline =
        timeline::timeline("room for 2: the sender waits for the receiver");
    bounded(2, messages(), handle).await;
    timeline.draw();
    println!();

    println!("messages of 1 KiB, most alive at once");
    println!("              unbounded  room for 8");
    for count in [100, 1_000, 10_000] {
        let [without, with] = most_alive(count).await;
        println!(
            "  {:<10}{without:>7} KiB{with:>8} KiB",
            format!("{count} sent")
        );
    }
    Ok(())
}

/// The most messages alive at once of `count`: without a bound, and with room
/// for eight.
async fn most_alive(count: usize) -> [usize; 2] {
    let [without, with] = [Cell::new(0), Cell::new(0)];
    unbounded(messages(count, &without), hold).await;
    bounded(8, messages(count, &with), hold).await;
    [without.get(), with.get()]
}

/// Messages of 1 KiB. Sets `most` to the most that were alive at once.
fn messages(
    count: usize,
    most: &Cell<usize>,
) -> impl Iterator<Item = (Rc<()>, [u8; 1024])> {
    // Each message holds a clone, so there is one more of them than messages.
    let alive = Rc::new(());
    (0..count).map(move |_| {
        let message = (Rc::clone(&alive), [0; 1024]);
        most.set(most.get().max(Rc::strong_count(&alive) - 1));
        message
    })
}

/// Holds a message while others have their turn.
async fn hold<M>(message: M) {
    yield_now().await;
    drop(message);
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
