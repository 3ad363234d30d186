//! A task that owns its state needs no lock.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: request
/// A client's request: how many seats, and the way back for the answer.
struct Request {
    seats: u32,
    answer: oneshot::Sender<Result<u32, Refused>>,
}

/// The box office, the only task that knows which seats are free. Ends when no
/// client is left, and returns how many seats are unsold.
async fn sell(
    mut free: u32,
    takes: Duration,
    mut requests: mpsc::Receiver<Request>,
) -> u32 {
    while let Some(Request { seats, answer }) = requests.recv().await {
        sleep(takes).instrument(info_span!("sell", seats)).await;
        let Some(left) = free.checked_sub(seats) else {
            let _ = answer.send(Err(Refused::SoldOut));
            continue;
        };
        // If the client has gone by now, its seats stay free.
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
    /// Fewer seats are left than were wanted.
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

/// Four clients book seats from one box office.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline = timeline::timeline(
        "four clients, one box office: it sells to one at a time",
    );
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
        let answer = answer.map_or_else(
            |no| no.to_string(),
            |left| format!("yes, {left} left"),
        );
        println!("  client {client} wants {seats}: {answer}");
    }
    println!("no client is left, so the box office ends; unsold: {unsold}");
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
