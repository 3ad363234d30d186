//! A raffle, and its guests: five clients of the server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

/// One step of the clock by which the guests come.
pub(super) const UNIT: Duration = Duration::from_millis(20);
const PRINTING: Duration = UNIT.saturating_mul(2);

/// A raffle, which numbers its tickets.
#[derive(Clone, Debug, Default)]
pub(super) struct Raffle {
    drawn: Arc<AtomicU32>,
}

impl Raffle {
    /// Draws the next ticket for `name`, and prints it, which takes a while.
    pub(super) async fn draw(self, name: String) -> String {
        let ticket = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        sleep(PRINTING).await;
        format!("ticket {ticket} for {name}")
    }
}

/// Five guests: one drips from the beginning, the others come later, one of
/// them just before the stop. Returns the answer that each was given.
pub(super) async fn guests(address: SocketAddr) -> Vec<(&'static str, String)> {
    let arrivals = [("Zoe", 0), ("Ada", 1), ("Bo", 2), ("Cy", 3), ("Dee", 10)];
    let visits = arrivals.map(|(guest, units)| {
        tokio::spawn(async move {
            sleep(units * UNIT).await;
            let answer = match units {
                0 => drip(address).instrument(info_span!("drip", guest)).await,
                _ => {
                    buy(address, guest)
                        .instrument(info_span!("buy", guest))
                        .await
                }
            };
            (guest, answer.unwrap_or_else(|error| error.kind().to_string()))
        })
    });
    join_all(visits)
        .await
        .into_iter()
        .map(|visit| visit.expect("no guest panics"))
        .collect()
}

/// Sends a name and returns the answer, which is empty if the connection ends
/// without one.
async fn buy(address: SocketAddr, name: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("{name}\n").as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    Ok(answer)
}

/// Sends a letter each unit, and never the end of the line, until the server
/// says something.
async fn drip(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let (mut from, mut to) = stream.split();
    let dripping = async {
        while to.write_all(b"z").await.is_ok() {
            sleep(UNIT).await;
        }
    };
    let mut answer = String::new();
    tokio::select! {
        () = dripping => {}
        read = from.read_to_string(&mut answer) => drop(read?),
    }
    Ok(answer)
}

/// Prints what each guest was told, and how many tickets were drawn and
/// received.
pub(super) fn print(answers: &[(&str, String)], raffle: &Raffle) {
    for (guest, answer) in answers {
        let answer = if answer.is_empty() {
            "the connection ended"
        } else {
            answer.trim_end()
        };
        println!("  {guest:<5} {answer}");
    }
    let received = answers
        .iter()
        .filter(|(_, answer)| answer.starts_with("ticket"))
        .count();
    println!(
        "tickets drawn: {}, received: {received}",
        raffle.drawn.load(Ordering::Relaxed)
    );
}
