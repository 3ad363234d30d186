//! broadcast counts what a late receiver missed, watch keeps the latest.

// ANCHOR: program
use std::error::Error;
use std::ops::RangeInclusive;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{broadcast, watch};

/// Something that a receiver of prices heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A price.
    Price(u32),
    /// The number of prices that were gone before it asked for them.
    Missed(u64),
}

// ANCHOR: broadcast
/// Sends prices to two receivers. The prompt one takes each price immediately,
/// the late one begins when all are sent, as `receive` does. Returns what each
/// heard.
pub async fn broadcast_prices(
    room: usize,
    prices: RangeInclusive<u32>,
    receive: impl AsyncFnOnce(Receiver<u32>) -> Vec<Heard>,
) -> [Vec<Heard>; 2] {
    let (sender, mut prompt) = broadcast::channel(room);
    let late = sender.subscribe();
    let mut by_prompt = vec![];
    for price in prices {
        sender.send(price).expect("two receivers are alive");
        by_prompt.push(Heard::Price(
            prompt.recv().await.expect("it misses nothing"),
        ));
    }
    drop(sender);
    [by_prompt, receive(late).await]
}

/// Receives until the sender is gone, and notes what is missing.
pub async fn until_closed(mut prices: Receiver<u32>) -> Vec<Heard> {
    let mut heard = vec![];
    loop {
        match prices.recv().await {
            Ok(price) => heard.push(Heard::Price(price)),
            Err(RecvError::Lagged(missed)) => heard.push(Heard::Missed(missed)),
            Err(RecvError::Closed) => return heard,
        }
    }
}
// ANCHOR_END: broadcast

// ANCHOR: until_an_error
/// Receives until there is an error. Takes a gap for the end.
pub async fn until_an_error(mut prices: Receiver<u32>) -> Vec<Heard> {
    let mut heard = vec![];
    while let Ok(price) = prices.recv().await {
        heard.push(Heard::Price(price));
    }
    heard
}
// ANCHOR_END: until_an_error

// ANCHOR: watch
/// Sends prices through a channel that keeps one, the latest. Returns what each
/// receiver heard.
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
// ANCHOR_END: watch

/// Sends ten prices through each of the two channels.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "ten prices are sent: a prompt receiver, and one that begins when all \
         are sent"
    );
    let [prompt, late] = broadcast_prices(4, 1..=10, until_closed).await;
    let [_, ended] = broadcast_prices(4, 1..=10, until_an_error).await;
    println!("  broadcast, room for 4   prompt: {}", list(&prompt));
    println!("                          late:   {}", list(&late));
    println!(
        "                          late, and it ends at an error: {}",
        list(&ended)
    );
    let [prompt, late] = watch_prices(1..=10).await;
    println!("  watch                   prompt: {}", list(&prompt));
    println!("                          late:   {}", list(&late));
    Ok(())
}

fn list(heard: &[Heard]) -> String {
    let text = |heard: &Heard| match heard {
        Heard::Price(price) => price.to_string(),
        Heard::Missed(prices) => format!("[{prices} missed]"),
    };
    match heard {
        [] => "nothing".to_owned(),
        _ => heard.iter().map(text).collect::<Vec<_>>().join(" "),
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
