//! A goodbye that must await needs somebody who outlives the work.
//!
//! `drop` cannot await:
//!
//! ```compile_fail,E0728
//! struct Line;
//!
//! impl Line {
//!     async fn close(&self) {}
//! }
//!
//! impl Drop for Line {
//!     fn drop(&mut self) {
//!         self.close().await;
//!     }
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::task::Poll;
use std::thread;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{FutureExt, join3};
use futures::stream::StreamExt;

// ANCHOR: line
/// A line to the mail server. Before it ends, somebody has to say goodbye and
/// wait for the answer.
#[derive(Debug)]
pub struct Line {
    server: UnboundedSender<(Message, oneshot::Sender<()>)>,
}

impl Line {
    /// Says goodbye, and waits for the answer.
    pub async fn close(self) {
        self.say(Message::Goodbye).await;
    }
}
// ANCHOR_END: line

// ANCHOR: at_the_end
/// Posts the letters, and then says goodbye.
pub async fn close_at_the_end(
    line: Line,
    letters: &[&str],
) -> Result<(), Refused> {
    line.post_all(letters).await?;
    line.close().await;
    Ok(())
}
// ANCHOR_END: at_the_end

// ANCHOR: owner
/// Owns the line, and lends it to the work, which is dropped after a number of
/// polls. However the work ends, the owner says goodbye.
pub async fn owner(
    line: Line,
    letters: &[&str],
    polls: usize,
) -> Option<Result<(), Refused>> {
    let work = first_polls(polls, line.post_all(letters));
    let end = AssertUnwindSafe(work).catch_unwind().await;
    line.close().await;
    end.unwrap_or_else(|its_panic| resume_unwind(its_panic))
}
// ANCHOR_END: owner

// ANCHOR: guard
/// A line that is handed to somebody else when this is dropped.
#[derive(Debug)]
pub struct Guard {
    line: Option<Line>,
    to_close: UnboundedSender<Line>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            // Waits for nobody. An error says that nobody is there to close it.
            let _ = self.to_close.unbounded_send(line);
        }
    }
}

/// Closes each line that is handed over, and ends when no guard is left.
pub async fn closer(mut handed_over: UnboundedReceiver<Line>) {
    while let Some(line) = handed_over.next().await {
        line.close().await;
    }
}

/// Posts the letters. The guard comes from the caller: so it is there before
/// the first poll.
pub async fn guarded(guard: Guard, letters: &[&str]) -> Result<(), Refused> {
    guard.line.as_ref().expect("only a drop takes it").post_all(letters).await
}
// ANCHOR_END: guard

// ANCHOR: blocking
/// A line that runs its goodbye in `drop`.
#[derive(Debug)]
pub struct Blocking(Option<Line>);

impl Drop for Blocking {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            block_on(line.close());
        }
    }
}
// ANCHOR_END: blocking

/// Ends the work in four ways, each with three ways to say goodbye, then blocks
/// in `drop`.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("goodbyes that the server hears, by how the work ends");
    println!("                      done   refused   panicked   dropped");
    for (name, way) in WAYS {
        let [done, refused, panicked, dropped] =
            ENDS.map(|(letters, polls)| way(letters, polls));
        println!(
            "  {name:19} {done:>5} {refused:>9} {panicked:>10} {dropped:>9}"
        );
    }

    let owner = |line, _| first_polls(2, owner(line, ENDS[0].0, usize::MAX));
    println!("\nan owner that is dropped: {} goodbyes", served(owner).0);

    println!("\nblock_on in drop");
    let (goodbyes, end) =
        served(|line, _| async move { drop(Blocking(Some(line))) });
    let panic = end.err().and_then(|panic| panic.downcast::<String>().ok());
    println!(
        "  {goodbyes} goodbyes, panicked: {}",
        panic.as_deref().map_or("no", String::as_str)
    );
    Ok(())
}

/// The letters, and after how many polls the work is dropped. It is done, or
/// refused, or it panics, or it is dropped while it waits for an answer.
pub const ENDS: [(&[&str], usize); 4] = [
    (&["to Ada", "to Grace"], usize::MAX),
    (&["to Ada", ""], usize::MAX),
    (&["to Ada", "torn"], usize::MAX),
    (&["to Ada", "to Grace"], 2),
];

/// A way to say goodbye: how many goodbyes the server hears.
pub type Way = fn(&[&str], usize) -> usize;

/// The three ways by name.
pub const WAYS: [(&str, Way); 3] = [
    ("close at the end", |letters, polls| {
        served(|line, _| first_polls(polls, close_at_the_end(line, letters))).0
    }),
    ("an owner outside", |letters, polls| {
        served(|line, _| owner(line, letters, polls)).0
    }),
    ("a guard hands over", |letters, polls| {
        served(|line, to_close| {
            first_polls(
                polls,
                guarded(Guard { line: Some(line), to_close }, letters),
            )
        })
        .0
    }),
];

/// Runs the work, with a server and a [`closer`] beside it. Returns how many
/// goodbyes the server heard, and how the work ended: with its output or its
/// panic.
fn served<F: Future>(
    work: impl FnOnce(Line, UnboundedSender<Line>) -> F,
) -> (usize, thread::Result<F::Output>) {
    let (line, messages) = mpsc::unbounded();
    let (to_close, handed_over) = mpsc::unbounded();
    let work =
        AssertUnwindSafe(work(Line { server: line }, to_close)).catch_unwind();
    let (goodbyes, (), end) =
        block_on(join3(serve(messages), closer(handed_over), work));
    (goodbyes, end)
}

/// What a [`Line`] carries.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// A letter, by whom it goes to.
    Letter(String),
    /// The end of the line.
    Goodbye,
}

/// The server answers each message, until no line is left. Returns how many
/// goodbyes it has heard.
async fn serve(
    mut messages: UnboundedReceiver<(Message, oneshot::Sender<()>)>,
) -> usize {
    let mut goodbyes = 0;
    while let Some((message, answer)) = messages.next().await {
        goodbyes += usize::from(message == Message::Goodbye);
        // An error says that nobody waits for the answer anymore.
        let _ = answer.send(());
    }
    goodbyes
}

/// A letter without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl Line {
    /// Posts each letter, and waits for the answer. Panics if a letter is torn.
    async fn post_all(&self, letters: &[&str]) -> Result<(), Refused> {
        for &letter in letters {
            assert!(letter != "torn", "the letter is torn");
            if letter.is_empty() {
                return Err(Refused);
            }
            self.say(Message::Letter(letter.to_owned())).await;
        }
        Ok(())
    }

    async fn say(&self, message: Message) {
        let (answer, answered) = oneshot::channel();
        // An error says that the server is gone.
        if self.server.unbounded_send((message, answer)).is_ok() {
            let _ = answered.await;
        }
    }
}

/// Polls `work` up to `polls` times, then drops it. `None` says that it was
/// dropped.
async fn first_polls<F: Future>(
    mut polls: usize,
    work: F,
) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        work.as_mut().poll(cx).map(Some)
    })
    .await
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
