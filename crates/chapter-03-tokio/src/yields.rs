//! An await yields only if it has to wait.

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use futures::StreamExt;
use tokio::task::{AbortHandle, JoinError, yield_now};
use tokio::time::timeout;
use tracing::{Instrument, info_span};

// ANCHOR: copy
/// Copies `pages`, and awaits after each what is ready immediately. It never
/// yields.
pub async fn ready_awaits(pages: usize, mut copy: impl FnMut()) -> usize {
    for _ in 0..pages {
        copy();
        async {}.await;
    }
    pages
}

/// The same, but after each page it yields.
pub async fn yielding_awaits(pages: usize, mut copy: impl FnMut()) -> usize {
    for _ in 0..pages {
        copy();
        yield_now().await;
    }
    pages
}
// ANCHOR_END: copy

// ANCHOR: aborted
/// Work for a task: it calls what it is given once a page.
pub type Work<F> = fn(Box<dyn FnMut() + Send>) -> F;

/// Starts a task, and aborts it while it copies its first page. Returns how it
/// ended.
pub async fn aborted<F>(work: Work<F>) -> Result<usize, JoinError>
where
    F: Future<Output = usize> + Send + 'static,
{
    let handle = Arc::new(OnceLock::<AbortHandle>::new());
    let own = Arc::clone(&handle);
    let task = tokio::spawn(work(Box::new(move || {
        if let Some(own) = own.get() {
            own.abort();
        }
    })));
    // On one thread the task begins when this one waits for it: by then its
    // handle is there.
    handle.set(task.abort_handle()).expect("nobody else sets it");
    task.await
}
// ANCHOR_END: aborted

// ANCHOR: drain
/// Takes all messages from Tokio's channel.
pub async fn drain_tokio(
    mut messages: tokio::sync::mpsc::Receiver<u32>,
    mut take: impl FnMut(),
) -> usize {
    let mut taken = 0;
    while messages.recv().await.is_some() {
        take();
        taken += 1;
    }
    taken
}

/// The same from the channel of the `futures` crate.
pub async fn drain_futures(
    mut messages: futures::channel::mpsc::Receiver<u32>,
    mut take: impl FnMut(),
) -> usize {
    let mut taken = 0;
    while messages.next().await.is_some() {
        take();
        taken += 1;
    }
    taken
}
// ANCHOR_END: drain

/// Tokio's channel, full, and with no sender left.
pub fn tokio_messages(count: usize) -> tokio::sync::mpsc::Receiver<u32> {
    let (sender, receiver) = tokio::sync::mpsc::channel(count);
    for message in 0..count {
        sender.try_send(message as u32).expect("there is room");
    }
    receiver
}

/// The same from the `futures` crate.
pub fn futures_messages(count: usize) -> futures::channel::mpsc::Receiver<u32> {
    let (mut sender, receiver) = futures::channel::mpsc::channel(count);
    for message in 0..count {
        sender.try_send(message as u32).expect("there is room");
    }
    receiver
}

/// Tries to stop what awaits all the time: by a timeout, by `abort`, with two
/// channels.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let page = || thread::sleep(ms(5));

    let timeline =
        timeline::timeline("ready awaits: 20 pages of 5 ms, 10 ms allowed");
    let copied =
        timeout(ms(10), ready_awaits(20, page).instrument(info_span!("copy")))
            .await;
    timeline.draw();
    println!("  {copied:?}\n");

    let timeline =
        timeline::timeline("the same with yield_now after each page");
    let copied = timeout(
        ms(10),
        yielding_awaits(20, page).instrument(info_span!("copy")),
    )
    .await;
    timeline.draw();
    println!("  {copied:?}\n");

    println!("aborted at the first of 1,000 pages:");
    let end = aborted(|copy| ready_awaits(1_000, copy)).await;
    println!("  ready awaits   {end:?}");
    let end = aborted(|copy| yielding_awaits(1_000, copy)).await;
    let end = end.map_err(|error| {
        if error.is_cancelled() { "cancelled" } else { "panicked" }
    });
    println!("  yield_now      {end:?}\n");

    println!("1,000 messages that are there already:");
    let (taken, polls) =
        counted(drain_tokio(tokio_messages(1_000), || ())).await;
    println!("  Tokio's channel     {taken} messages, polls: {polls}");
    let (taken, polls) =
        counted(drain_futures(futures_messages(1_000), || ())).await;
    println!("  the futures crate's {taken} messages, polls: {polls}");
    Ok(())
}

/// What the future returns, and how often it was polled for that.
async fn counted<T>(future: impl Future<Output = T>) -> (T, usize) {
    let (mut future, mut polls) = (pin!(future), 0);
    let output = poll_fn(|context| {
        polls += 1;
        future.as_mut().poll(context)
    });
    (output.await, polls)
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
