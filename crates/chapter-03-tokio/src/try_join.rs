//! The first error ends the rest, if the rest is yours to end.

// ANCHOR: program
use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{Instrument, info_span};

// ANCHOR: book
/// A price, or that it cannot be had.
pub type Booking = Result<u32, SoldOut>;

/// The part of a trip that cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoldOut(pub &'static str);

/// The parts that are booked, in their order.
pub type Booked = Arc<Mutex<Vec<&'static str>>>;

/// Asks for one part of a trip, and notes in `booked` that it is booked.
pub async fn book(
    part: &'static str,
    takes: Duration,
    answer: impl FnOnce() -> Booking,
    booked: Booked,
) -> Booking {
    sleep(takes).instrument(info_span!("book", part)).await;
    let price = answer()?;
    booked.lock().expect("nobody panics with it").push(part);
    Ok(price)
}
// ANCHOR_END: book

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} is sold out", self.0)
    }
}

impl Error for SoldOut {}

// ANCHOR: on_futures
/// Books all parts at once. Returns what the trip costs, or the first error.
pub async fn on_futures(parts: [impl Future<Output = Booking>; 3]) -> Booking {
    let [flight, hotel, car] = parts;
    let (flight, hotel, car) = tokio::try_join!(flight, hotel, car)?;
    Ok(flight + hotel + car)
}
// ANCHOR_END: on_futures

// ANCHOR: on_handles
/// Books each part in a task, and joins the handles. Takes "the task has ended"
/// for "it is booked".
pub async fn on_handles(
    parts: [impl Future<Output = Booking> + Send + 'static; 3],
) -> Result<(Booking, Booking, Booking), JoinError> {
    let [flight, hotel, car] = parts.map(tokio::spawn);
    tokio::try_join!(flight, hotel, car)
}
// ANCHOR_END: on_handles

// ANCHOR: on_flattened
/// Any error that may go from one thread to another.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// As `on_handles`, but looks into both results. It still cannot end the other
/// tasks.
pub async fn on_flattened(
    parts: [impl Future<Output = Booking> + Send + 'static; 3],
) -> Result<u32, AnyError> {
    let [flight, hotel, car] = parts.map(|part| async {
        let price = tokio::spawn(part).await??;
        Ok::<u32, AnyError>(price)
    });
    let (flight, hotel, car) = tokio::try_join!(flight, hotel, car)?;
    Ok(flight + hotel + car)
}
// ANCHOR_END: on_flattened

// ANCHOR: as_tasks
/// Books each part in a task. Returns what the trip costs, or the first error;
/// when this returns, no task is alive.
pub async fn as_tasks(
    parts: [impl Future<Output = Booking> + Send + 'static; 3],
) -> Result<u32, AnyError> {
    let mut tasks = JoinSet::from_iter(parts);
    let price = total(&mut tasks).await;
    tasks.shutdown().await;
    price
}

async fn total(tasks: &mut JoinSet<Booking>) -> Result<u32, AnyError> {
    let mut total = 0;
    while let Some(end) = tasks.join_next().await {
        total += end??;
    }
    Ok(total)
}
// ANCHOR_END: as_tasks

/// Books the same trip on futures, on the handles of tasks, and in a set of
/// tasks.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let sold_out = |booked| parts(SOLD_OUT, booked);

    let timeline =
        timeline::timeline("try_join! on futures, the hotel is sold out");
    let end = end_of(|booked| on_futures(sold_out(booked))).await;
    timeline.draw();
    println!("{end}\n");

    let timeline =
        timeline::timeline("try_join! on handles, the hotel is sold out");
    let end = end_of(|booked| on_handles(sold_out(booked))).await;
    timeline.draw();
    println!("{end}\n");

    let timeline =
        timeline::timeline("try_join! on handles, the hotel's task panics");
    let end = end_of(|booked| on_handles(parts(PANICS, booked))).await;
    timeline.draw();
    println!("{end}\n");

    let end = end_of(|booked| on_flattened(sold_out(booked))).await;
    println!(
        "handles with both results looked at, the hotel is sold out\n{end}\n"
    );

    let timeline =
        timeline::timeline("JoinSet and shutdown, the hotel is sold out");
    let end = end_of(|booked| as_tasks(sold_out(booked))).await;
    timeline.draw();
    println!("{end}");
    Ok(())
}

/// A trip: the hotel answers first, then the car, then the flight.
pub fn parts(
    hotel: fn() -> Booking,
    booked: Booked,
) -> [impl Future<Output = Booking> + Send + 'static; 3] {
    let trip: [(_, _, fn() -> Booking); 3] = [
        ("flight", 100, || Ok(300)),
        ("hotel", 20, hotel),
        ("car", 60, || Ok(90)),
    ];
    trip.map(move |(part, takes, answer)| {
        book(part, Duration::from_millis(takes), answer, booked.clone())
    })
}

const SOLD_OUT: fn() -> Booking = || Err(SoldOut("hotel"));
const PANICS: fn() -> Booking = || panic!("the hotel's answer makes no sense");

/// A trip's answer, the number of tasks alive by then, and the parts booked
/// when no task is left.
async fn end_of<F>(trip: impl FnOnce(Booked) -> F) -> String
where
    F: Future<Output: Debug>,
{
    let all_over = Instant::now() + Duration::from_millis(140);
    let booked = Booked::default();
    let answer = trip(booked.clone()).instrument(info_span!("trip")).await;
    let alive = Handle::current().metrics().num_alive_tasks();
    sleep_until(all_over).await;
    // On a busy machine they may need longer.
    while Handle::current().metrics().num_alive_tasks() > 0 {
        sleep(Duration::from_millis(1)).await;
    }
    let booked = booked.lock().expect("nobody panics with it");
    format!(
        "  answer: {answer:?}\n  tasks alive by then: {alive}, \
         booked in the end: {booked:?}"
    )
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
