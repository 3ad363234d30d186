//! A server with too much to do refuses immediately what it cannot do in time.

// ANCHOR: program
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::select_ok;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: kitchen
/// A kitchen with two cooks. An order takes one of them 20 ms.
#[derive(Debug)]
pub struct Kitchen {
    cooks: Semaphore,
    places: Semaphore,
}

/// The answer to an order for which there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl Kitchen {
    /// A kitchen with places for the orders that wait or are cooked.
    pub fn new(places: usize) -> Arc<Self> {
        Arc::new(Kitchen {
            cooks: Semaphore::new(2),
            places: Semaphore::new(places),
        })
    }

    /// Takes every order. It waits for a cook, however long.
    pub async fn take_all(self: Arc<Self>, number: u32) -> Result<u32, Busy> {
        let _cook = self.cooks.acquire().await.expect("nobody closes it");
        sleep(Duration::from_millis(20)).await;
        Ok(number)
    }

    /// Takes an order if there is a place for it. If not, says so immediately.
    pub async fn take_some(self: Arc<Self>, number: u32) -> Result<u32, Busy> {
        let _place = self.places.try_acquire().map_err(|_| Busy)?;
        Arc::clone(&self).take_all(number).await
    }
}
// ANCHOR_END: kitchen

// ANCHOR: rate
/// A bucket of tokens: one comes every `each`, and there is room for `room` of
/// them.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    each: Duration,
    room: u32,
    /// When it will be full again.
    full: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn new(each: Duration, room: u32) -> Self {
        Bucket { each, room, full: Instant::now() }
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self) -> bool {
        let now = Instant::now();
        let full = self.full.max(now) + self.each;
        let taken = full <= now + self.each * self.room;
        if taken {
            self.full = full;
        }
        taken
    }
}
// ANCHOR_END: rate

// ANCHOR: hedged
/// Asks server 1, and server 2 if there is no answer after `patience`. Returns
/// the first answer that is no error; the other request is dropped.
pub async fn hedged<T, E, F: Future<Output = Result<T, E>>>(
    patience: Duration,
    ask: impl Fn(u32) -> F,
) -> Result<T, E> {
    let mut first = pin!(ask(1));
    match timeout(patience, first.as_mut()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => ask(2).await,
        Err(_) => {
            let second = pin!(ask(2));
            Ok(select_ok([first, second]).await?.0)
        }
    }
}
// ANCHOR_END: hedged

/// Sends more orders than the kitchen can cook, in two ways; then bounds a
/// rate, and asks twice.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;

    let timeline = timeline::timeline(
        "all orders are taken: the waits grow longer and longer",
    );
    let served = rush(&Kitchen::new(4), 20, Kitchen::take_all).await;
    timeline.draw();
    println!("{served:?}\n");

    let timeline = timeline::timeline(
        "places for 4: an order is cooked in time, or refused immediately",
    );
    let served = rush(&Kitchen::new(4), 20, Kitchen::take_some).await;
    timeline.draw();
    println!("{served:?}\n");

    let mut bucket = Bucket::new(ms(20), 3);
    println!(
        "a guest sends 10 orders at once: {} pass",
        (0..10).filter(|_| bucket.take()).count()
    );
    sleep(ms(45)).await;
    println!(
        "45 ms later, 10 more:             {} pass\n",
        (0..10).filter(|_| bucket.take()).count()
    );

    let timeline = timeline::timeline(
        "server 1 is slow today: after 20 ms, server 2 is asked too",
    );
    let answer = hedged(ms(20), async |server| {
        let takes = if server == 1 { 200 } else { 10 };
        sleep(ms(takes)).instrument(info_span!("ask", server)).await;
        Ok::<_, Busy>(server)
    });
    let answer = answer.await.expect("neither is busy");
    timeline.draw();
    println!("server {answer} answered");
    Ok(())
}

/// The ends of the orders of a rush.
#[derive(Debug, PartialEq, Eq)]
pub struct Served {
    in_time: u32,
    refused: u32,
    /// Cooked when the guest had left.
    for_nobody: u32,
}

/// Sends an order every 4 ms. A guest waits for 60 ms, then leaves; the kitchen
/// does not know.
pub async fn rush<F>(
    kitchen: &Arc<Kitchen>,
    orders: u32,
    take: impl Fn(Arc<Kitchen>, u32) -> F,
) -> Served
where
    F: Future<Output = Result<u32, Busy>> + Send + 'static,
{
    let mut guests = JoinSet::new();
    for number in 1..=orders {
        let (sent, span) = (Instant::now(), info_span!("order", number));
        let order = take(Arc::clone(kitchen), number).instrument(span);
        guests.spawn(async move { (order.await, sent.elapsed()) });
        sleep(Duration::from_millis(4)).await;
    }
    let mut served = Served { in_time: 0, refused: 0, for_nobody: 0 };
    for (end, after) in guests.join_all().await {
        match end {
            Err(Busy) => served.refused += 1,
            Ok(_) if after <= Duration::from_millis(60) => served.in_time += 1,
            Ok(_) => served.for_nobody += 1,
        }
    }
    served
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
