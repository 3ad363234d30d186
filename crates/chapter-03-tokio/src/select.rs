//! select! drops the branches that lose: keep their futures.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: next_order
/// A guest's order, told to a waiter in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Said first.
    pub table: &'static str,
    /// Said second.
    pub dish: &'static str,
}

/// Hears the next order. `None` if no more will come.
pub async fn next_order(
    parts: &mut mpsc::Receiver<&'static str>,
) -> Option<Order> {
    let table = parts.recv().await?;
    let dish = parts.recv().await?;
    Some(Order { table, dish })
}
// ANCHOR_END: next_order

/// An evening, as a waiter heard it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evening {
    /// The orders, as understood.
    pub orders: Vec<Order>,
    /// How often the kitchen rang.
    pub bells: usize,
}

// ANCHOR: forgetful
/// Listens to guests, kitchen and clock. Each bell makes it forget the half of
/// an order.
pub async fn forgetful(
    mut parts: mpsc::Receiver<&'static str>,
    mut bell: mpsc::Receiver<()>,
    open_for: Duration,
) -> Evening {
    let mut evening = Evening::default();
    let mut closing = pin!(sleep(open_for));
    loop {
        let row = info_span!("listen", order = evening.orders.len() + 1);
        tokio::select! {
            biased;
            () = &mut closing => return evening,
            Some(()) = bell.recv() => evening.bells += 1,
            order = next_order(&mut parts).instrument(row) => match order {
                Some(order) => evening.orders.push(order),
                None => return evening,
            },
        }
    }
}
// ANCHOR_END: forgetful

// ANCHOR: attentive
/// Listens to guests, kitchen and clock. One future hears an order from its
/// first part to its last, however many bells ring meanwhile.
pub async fn attentive(
    mut parts: mpsc::Receiver<&'static str>,
    mut bell: mpsc::Receiver<()>,
    open_for: Duration,
) -> Evening {
    let mut evening = Evening::default();
    let mut closing = pin!(sleep(open_for));
    loop {
        let row = info_span!("listen", order = evening.orders.len() + 1);
        let mut next = pin!(next_order(&mut parts).instrument(row));
        let order = loop {
            tokio::select! {
                biased;
                () = &mut closing => return evening,
                Some(()) = bell.recv() => evening.bells += 1,
                order = &mut next => break order,
            }
        };
        match order {
            Some(order) => evening.orders.push(order),
            None => return evening,
        }
    }
}
// ANCHOR_END: attentive

impl fmt::Display for Evening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Order { table, dish } in &self.orders {
            write!(f, "{dish} for {table}, ")?;
        }
        write!(f, "{} bells", self.bells)
    }
}

/// The same evening with a forgetful and an attentive waiter.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    use Event::{Rang, Said};
    let events = [
        [Said("table 1"), Said("soup"), Said("table 2"), Rang, Said("bread")],
        [Said("table 3"), Said("fish"), Rang, Said("table 4"), Said("cake")],
    ];
    let long = Duration::from_secs(10);

    let timeline =
        timeline::timeline("a new future after each bell: two halves are lost");
    let ((say, parts), (ring, bell)) = (mpsc::channel(1), mpsc::channel(1));
    let playing = play(events.into_iter().flatten(), say, ring);
    let (evening, ()) = tokio::join!(forgetful(parts, bell, long), playing);
    timeline.draw();
    println!("  {evening}\n");

    let timeline =
        timeline::timeline("one future for each order: the bells do no harm");
    let ((say, parts), (ring, bell)) = (mpsc::channel(1), mpsc::channel(1));
    let playing = play(events.into_iter().flatten(), say, ring);
    let (evening, ()) = tokio::join!(attentive(parts, bell, long), playing);
    timeline.draw();
    println!("  {evening}");
    Ok(())
}

/// Something that a waiter can hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// One part of an order.
    Said(&'static str),
    /// The kitchen's bell.
    Rang,
}

/// Lets the events of an evening happen, one every 20 ms, until nobody listens.
pub async fn play(
    events: impl IntoIterator<Item = Event>,
    say: mpsc::Sender<&'static str>,
    ring: mpsc::Sender<()>,
) {
    for event in events {
        sleep(Duration::from_millis(20)).await;
        let heard = match event {
            Event::Said(part) => say.send(part).await.is_ok(),
            Event::Rang => {
                ring.send(()).instrument(info_span!("bell")).await.is_ok()
            }
        };
        if !heard {
            return;
        }
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
