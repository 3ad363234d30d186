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
mod tests {
    use super::*;
    use crate::testing::paused;
    use std::cell::Cell;
    use tokio::time::timeout;
    use witness::Log;

    const UNIT: Duration = Duration::from_secs(1);

    #[test]
    fn seats_are_booked_once_and_no_more_than_there_are() {
        paused(async || {
            let (office, closed) = BoxOffice::open(100, UNIT);
            let mut clients = JoinSet::new();
            for seats in (1..=3).cycle().take(90) {
                let office = office.clone();
                clients.spawn(async move { (seats, office.book(seats).await) });
            }
            drop(office);
            let answers = clients.join_all().await;
            let booked: u32 = answers.iter().filter(|a| a.1.is_ok()).map(|a| a.0).sum();
            let refused = answers.iter().filter(|a| a.1 == Err(Refused::SoldOut)).count();
            let served = answers.iter().filter(|a| a.1.is_ok()).count();
            assert_eq!(booked + closed.await.expect("it does not panic"), 100);
            assert_eq!(served + refused, 90);
            assert_eq!(booked, 100, "the small groups fill the last seats");
        });
    }

    #[test]
    fn the_box_office_serves_one_at_a_time() {
        let recording = paused(async || {
            let timeline = lessons::timeline("test");
            let (office, _) = BoxOffice::open(7_100, UNIT);
            tokio::join!(office.book(710), office.book(711), office.book(712)).0.expect("free");
            timeline.finish()
        });
        let rows = ["sell seats=710", "sell seats=711", "sell seats=712"]
            .map(|label| recording.row(label).expect("it was recorded"));
        assert!(!rows[0].overlaps(rows[1]) && !rows[1].overlaps(rows[2]));
    }

    #[test]
    fn a_client_that_gave_up_leaves_its_seats_free() {
        paused(async || {
            let (office, _) = BoxOffice::open(5, 2 * UNIT);
            let gave_up = timeout(UNIT, office.book(4)).await;
            assert!(gave_up.is_err());
            assert_eq!(office.book(5).await, Ok(0));
        });
    }

    #[test]
    fn the_box_office_ends_with_its_last_handle() {
        paused(async || {
            let (office, closed) = BoxOffice::open(5, UNIT);
            let other = office.clone();
            drop(office);
            assert_eq!(other.book(2).await, Ok(3));
            assert!(!closed.is_finished(), "a client is left");
            drop(other);
            assert_eq!(closed.await.expect("it does not panic"), 3);
        });
    }

    #[test]
    fn a_box_office_that_is_gone_is_an_error_and_no_hang() {
        paused(async || {
            let (office, closed) = BoxOffice::open(5, 2 * UNIT);
            let asked = tokio::spawn({
                let office = office.clone();
                async move { office.book(1).await }
            });
            sleep(UNIT).await;
            closed.abort();
            // One waited for its answer, the other comes too late.
            assert_eq!(asked.await.expect("it does not panic"), Err(Refused::Closed));
            assert_eq!(office.book(1).await, Err(Refused::Closed));
        });
    }

    /// The most messages alive at once, with a receiver that takes its time for each.
    async fn peak(room: Option<usize>) -> usize {
        let peak = Peak::new();
        let messages = (0..500).map(|_| peak.enter());
        let receive = async |message| {
            sleep(UNIT).await;
            drop(message);
        };
        match room {
            Some(room) => bounded(room, messages, receive).await,
            None => unbounded(messages, receive).await,
        }
        assert_eq!((peak.now(), peak.total()), (0, 500));
        peak.max()
    }

    #[test]
    fn a_bounded_queue_holds_its_bound_and_one_in_the_hands_at_each_end() {
        for room in [1, 2, 8, 100] {
            assert_eq!(paused(async move || peak(Some(room)).await), room + 2);
        }
    }

    #[test]
    fn an_unbounded_queue_holds_everything() {
        assert_eq!(paused(async || peak(None).await), 500);
    }

    #[test]
    fn messages_arrive_in_order() {
        paused(async || {
            let log = Log::new();
            bounded(2, 0..20, async |message| log.push(message)).await;
            unbounded(20..40, async |message| log.push(message)).await;
            assert!(log.events().into_iter().eq(0..40));
        });
    }

    #[test]
    fn a_sender_without_a_bound_sends_all_before_the_receiver_gets_its_turn() {
        let first_sees = |unbounded_channel: bool| {
            paused(async move || {
                let (sent, first) = (Cell::new(0), Cell::new(None));
                let messages = (0..50).inspect(|_| sent.set(sent.get() + 1));
                let receive = async |_| first.set(first.get().or(Some(sent.get())));
                match unbounded_channel {
                    true => unbounded(messages, receive).await,
                    false => bounded(4, messages, receive).await,
                }
                first.get()
            })
        };
        assert_eq!(first_sees(true), Some(50));
        assert_eq!(first_sees(false), Some(5), "four in the queue, one in the hand");
    }

    fn prices(range: RangeInclusive<u32>) -> Vec<Heard> {
        range.map(Heard::Price).collect()
    }

    #[test]
    fn a_lagged_receiver_is_told_how_many_it_missed() {
        paused(async || {
            let [prompt, late] = broadcast_prices(4, 1..=10).await;
            assert_eq!(prompt, prices(1..=10));
            assert_eq!(late[0], Heard::Missed(6));
            assert_eq!(late[1..], prices(7..=10));
        });
    }

    #[test]
    fn a_receiver_that_is_late_but_within_the_room_misses_nothing() {
        paused(async || {
            let [prompt, late] = broadcast_prices(4, 1..=4).await;
            assert_eq!([prompt, late], [prices(1..=4), prices(1..=4)]);
        });
    }

    #[test]
    fn watch_keeps_the_latest_and_nothing_else() {
        paused(async || {
            let [prompt, late] = watch_prices(1..=10).await;
            assert_eq!(prompt, prices(1..=10));
            assert_eq!(late, prices(10..=10));
        });
    }
}
