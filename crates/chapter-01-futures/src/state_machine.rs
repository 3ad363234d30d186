//! An async fn becomes an enum of the places where it can wait.
//!
//! Each variant holds what the rest of the body still needs.

// ANCHOR: program
use std::error::Error;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures::channel::oneshot::{self, Receiver, Sender};

/// A letter that has not come yet: a future of its weight in grams.
pub type Letter = Receiver<u32>;

// ANCHOR: weigh
/// Waits for two letters. Returns what both weigh.
pub async fn weigh(first: Letter, second: Letter) -> u32 {
    let grams = first.await.expect("the first comes");
    grams + second.await.expect("the second comes")
}
// ANCHOR_END: weigh

// ANCHOR: by_hand
/// The future of [`weigh`], written by hand: a variant for each place where it
/// can stand.
#[derive(Debug)]
enum Weigh {
    /// Before the first poll: it has the arguments.
    Start { first: Letter, second: Letter },
    /// At the first `.await`.
    AtFirst { first: Letter, second: Letter },
    /// At the second `.await`. The first letter is gone, its weight has stayed.
    AtSecond { grams: u32, second: Letter },
    /// After the end, or after a panic.
    Done,
}

impl Weigh {
    /// Returns the future. Nothing has begun.
    fn new(first: Letter, second: Letter) -> Self {
        Weigh::Start { first, second }
    }
}

impl Future for Weigh {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        loop {
            // Takes the state out, and leaves `Done` for the moment.
            match mem::replace(&mut *self, Weigh::Done) {
                Weigh::Start { first, second } => {
                    *self = Weigh::AtFirst { first, second }
                }
                Weigh::AtFirst { mut first, second } => {
                    match Pin::new(&mut first).poll(cx) {
                        Poll::Ready(grams) => {
                            let grams = grams.expect("the first comes");
                            *self = Weigh::AtSecond { grams, second };
                        }
                        Poll::Pending => {
                            *self = Weigh::AtFirst { first, second };
                            return Poll::Pending;
                        }
                    }
                }
                Weigh::AtSecond { grams, mut second } => {
                    match Pin::new(&mut second).poll(cx) {
                        Poll::Ready(more) => {
                            return Poll::Ready(
                                grams + more.expect("the second comes"),
                            );
                        }
                        Poll::Pending => {
                            *self = Weigh::AtSecond { grams, second };
                            return Poll::Pending;
                        }
                    }
                }
                Weigh::Done => panic!("polled after its end"),
            }
        }
    }
}
// ANCHOR_END: by_hand

// ANCHOR: heavy
/// Stamps a page, waits for a letter, and still has the page. Returns what both
/// weigh.
pub async fn heavy(letter: Letter) -> u32 {
    let mut page = [0_u8; 4096];
    let grams = stamp(&mut page);
    grams + letter.await.expect("the letter comes")
}

/// The same, but the page ends with its block, before the `.await`.
pub async fn light(letter: Letter) -> u32 {
    let grams = {
        let mut page = [0_u8; 4096];
        stamp(&mut page)
    };
    grams + letter.await.expect("the letter comes")
}

/// Waits for two heavy ones. They are in this future, and so it is heavier.
pub async fn both(one: Letter, other: Letter) -> u32 {
    let (one, other) = (heavy(one), heavy(other));
    one.await + other.await
}
// ANCHOR_END: heavy

/// Steps both futures poll by poll, then weighs some futures.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("two letters, of 20 and 30 grams");
    println!("                    async fn    by hand");
    let steps = [
        Step::Poll,
        Step::FirstComes,
        Step::Poll,
        Step::Poll,
        Step::SecondComes,
        Step::Poll,
    ];
    let of_both =
        answers(&steps, weigh).into_iter().zip(answers(&steps, Weigh::new));
    for (step, of_both) in steps.iter().zip(of_both) {
        match of_both {
            (Some(one), Some(other)) => {
                println!("  poll              {one:<11} {other}")
            }
            _ if *step == Step::FirstComes => {
                println!("  the first letter comes")
            }
            _ => println!("  the second letter comes"),
        }
    }

    let letter = || oneshot::channel().1;
    println!("\nwhat a future weighs, in bytes");
    println!("  a letter            {:>5}", size_of::<Letter>());
    println!(
        "  weigh, the async fn {:>5}",
        size_of_val(&weigh(letter(), letter()))
    );
    println!("  Weigh, by hand      {:>5}", size_of::<Weigh>());
    println!("  heavy               {:>5}", size_of_val(&heavy(letter())));
    println!("  light               {:>5}", size_of_val(&light(letter())));
    println!(
        "  both, of two heavy  {:>5}",
        size_of_val(&both(letter(), letter()))
    );
    Ok(())
}

/// What happens to a future and its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody polls.
    Poll,
    /// The first letter comes. It weighs 20 grams.
    FirstComes,
    /// The second letter comes. It weighs 30 grams.
    SecondComes,
}

/// Makes a future, and does the steps until it is ready. Returns what each poll
/// answered, and `None` for the other steps.
pub fn answers<F: Future<Output = u32>>(
    steps: &[Step],
    make: impl FnOnce(Letter, Letter) -> F,
) -> Vec<Option<String>> {
    let ((first_sender, first), (second_sender, second)) =
        (oneshot::channel(), oneshot::channel());
    let (mut first_sender, mut second_sender) =
        (Some(first_sender), Some(second_sender));
    let mut future = pin!(make(first, second));
    let mut answers = Vec::new();
    for step in steps {
        match step {
            Step::Poll => {
                let poll = future
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()));
                answers.push(Some(format!("{poll:?}")));
                if poll.is_ready() {
                    return answers;
                }
                continue;
            }
            Step::FirstComes => send(&mut first_sender, 20),
            Step::SecondComes => send(&mut second_sender, 30),
        }
        answers.push(None);
    }
    answers
}

/// Sends the weight, if nothing was sent before.
fn send(sender: &mut Option<Sender<u32>>, grams: u32) {
    if let Some(sender) = sender.take() {
        sender.send(grams).expect("the letter is awaited");
    }
}

/// Puts a stamp of one gram on a page. Returns what the page weighs.
fn stamp(page: &mut [u8]) -> u32 {
    page[0] = 1;
    5 + page.iter().map(|&stamp| u32::from(stamp)).sum::<u32>()
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
