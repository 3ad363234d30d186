//! A channel moves values between tasks: to one receiver, to all of them, or only the latest.

use std::error::Error;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet, yield_now};
use tokio::time::sleep;
use tracing::{Instrument, info_span};
use witness::Peak;

// ANCHOR: request
/// What a client sends: how many seats, and the way back for the answer.
struct Request {
    seats: u32,
    answer: oneshot::Sender<Result<u32, Refused>>,
}

/// The box office, the only task that knows which seats are free. Ends when no client is left,
/// and returns how many seats are unsold.
async fn sell(mut free: u32, takes: Duration, mut requests: mpsc::Receiver<Request>) -> u32 {
    while let Some(Request { seats, answer }) = requests.recv().await {
        sleep(takes).instrument(info_span!("sell", seats)).await;
        let Some(left) = free.checked_sub(seats) else {
            let _ = answer.send(Err(Refused::SoldOut));
            continue;
        };
        // A client that has gone meanwhile gets no answer, and its seats stay free.
        if answer.send(Ok(left)).is_ok() {
            free = left;
        }
    }
    free
}
// ANCHOR_END: request

// ANCHOR: office
/// A client's handle to the box office.
#[derive(Clone, Debug)]
pub struct BoxOffice {
    requests: mpsc::Sender<Request>,
}

impl BoxOffice {
    /// Starts the task that owns the seats. It takes a while for each request.
    pub fn open(seats: u32, takes: Duration) -> (Self, JoinHandle<u32>) {
        let (requests, received) = mpsc::channel(8);
        let office = tokio::spawn(sell(seats, takes, received));
        (BoxOffice { requests }, office)
    }

    /// Books seats, and returns how many are left.
    pub async fn book(&self, seats: u32) -> Result<u32, Refused> {
        let (answer, answered) = oneshot::channel();
        let request = Request { seats, answer };
        self.requests.send(request).await.map_err(|_| Refused::Closed)?;
        answered.await.unwrap_or(Err(Refused::Closed))
    }
}
// ANCHOR_END: office

/// Why seats could not be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There are not so many left.
    SoldOut,
    /// The box office has ended.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::SoldOut => "sold out",
            Refused::Closed => "closed",
        })
    }
}

impl Error for Refused {}

/// Sends all `messages` through a channel with `room`. A full channel makes the sender wait.
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

// ANCHOR: unbounded
/// Sends all `messages` through a channel without a bound. Its `send` has no `.await`.
pub async fn unbounded<M>(messages: impl Iterator<Item = M>, mut receive: impl AsyncFnMut(M)) {
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

/// What a receiver of prices heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A price.
    Price(u32),
    /// That so many prices were gone before it asked for them.
    Missed(u64),
}

// ANCHOR: broadcast
/// Sends prices to two receivers. The prompt one takes each price at once, the late one takes none
/// before all are sent. Returns what each heard.
pub async fn broadcast_prices(room: usize, prices: RangeInclusive<u32>) -> [Vec<Heard>; 2] {
    let (sender, mut prompt) = broadcast::channel(room);
    let mut late = sender.subscribe();
    let [mut by_prompt, mut by_late] = [vec![], vec![]];
    for price in prices {
        sender.send(price).expect("two receivers are alive");
        by_prompt.push(Heard::Price(prompt.recv().await.expect("it misses nothing")));
    }
    drop(sender);
    loop {
        match late.recv().await {
            Ok(price) => by_late.push(Heard::Price(price)),
            Err(RecvError::Lagged(missed)) => by_late.push(Heard::Missed(missed)),
            Err(RecvError::Closed) => return [by_prompt, by_late],
        }
    }
}
// ANCHOR_END: broadcast

/// The same with a channel that keeps one price, the latest.
pub async fn watch_prices(prices: RangeInclusive<u32>) -> [Vec<Heard>; 2] {
    let (sender, mut prompt) = watch::channel(0);
    let mut late = sender.subscribe();
    let [mut by_prompt, mut by_late] = [vec![], vec![]];
    for price in prices {
        sender.send(price).expect("two receivers are alive");
        prompt.changed().await.expect("the sender is alive");
        by_prompt.push(Heard::Price(*prompt.borrow_and_update()));
    }
    drop(sender);
    while late.changed().await.is_ok() {
        by_late.push(Heard::Price(*late.borrow_and_update()));
    }
    [by_prompt, by_late]
}

/// Books seats with an actor, fills two queues, and lets receivers be late.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline = lessons::timeline("four clients, one box office: it sells to one at a time");
    let (office, closed) = BoxOffice::open(6, Duration::from_millis(10));
    let mut clients = JoinSet::new();
    for (client, seats) in (1..).zip([3, 2, 2, 1]) {
        let office = office.clone();
        let booking = async move { (client, seats, office.book(seats).await) };
        clients.spawn(booking.instrument(info_span!("book", client, seats)));
    }
    // A box office with a handle left would wait for requests forever.
    drop(office);
    let mut answers = clients.join_all().await;
    let unsold = closed.await?;
    timeline.draw();
    answers.sort_unstable_by_key(|&(client, ..)| client);
    println!("6 seats");
    for (client, seats, answer) in answers {
        let answer = answer.map_or_else(|no| no.to_string(), |left| format!("yes, {left} left"));
        println!("  client {client} wants {seats}: {answer}");
    }
    println!("no client is left, so the box office ends; unsold: {unsold}");

    println!("\nmessages of 1 KiB, most alive at once");
    println!("      sent   unbounded   room for 8");
    for count in [100, 1_000, 10_000] {
        let [without, with] = [Peak::new(), Peak::new()];
        let messages = |peak: &Peak| {
            let peak = peak.clone();
            (0..count).map(move |_| (peak.enter(), [0_u8; 1024]))
        };
        unbounded(messages(&without), handle).await;
        bounded(8, messages(&with), handle).await;
        let [without, with] = [without, with].map(|peak| peak.max());
        println!("  {count:>8} {without:>7} KiB {with:>8} KiB");
    }

    println!("\nten prices are sent: a prompt receiver, and one that begins when all are sent");
    let [prompt, late] = broadcast_prices(4, 1..=10).await;
    println!("  broadcast, room for 4   prompt: {}", list(&prompt));
    println!("                          late:   {}", list(&late));
    let [prompt, late] = watch_prices(1..=10).await;
    println!("  watch                   prompt: {}", list(&prompt));
    println!("                          late:   {}", list(&late));
    Ok(())
}

/// Holds the message in its hands while others have their turn.
async fn handle<M>(message: M) {
    yield_now().await;
    drop(message);
}

fn list(heard: &[Heard]) -> String {
    let texts: Vec<_> = heard
        .iter()
        .map(|heard| match heard {
            Heard::Price(price) => price.to_string(),
            Heard::Missed(prices) => format!("[{prices} missed]"),
        })
        .collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests;
