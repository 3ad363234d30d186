//! A stream is an iterator whose items are awaited.

// ANCHOR: program
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use tokio::time::{interval, sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: orders
/// The orders of a shop, page after page, until a page is empty. A page is
/// asked for only when somebody wants its orders.
pub fn orders<F>(mut page: impl FnMut(u32) -> F) -> impl Stream<Item = u32>
where
    F: Future<Output = Vec<u32>>,
{
    let pages = stream::unfold(1, move |number| {
        let asked = page(number);
        async move {
            let orders = asked.await;
            // `None` ends the stream. `Some` is the next item, and what to go
            // on with.
            (!orders.is_empty()).then_some((orders, number + 1))
        }
    });
    pages.flat_map(stream::iter)
}
// ANCHOR_END: orders

// ANCHOR: first_of
/// Takes orders until one has at least this number, or none is left.
pub async fn first_of(
    from: u32,
    orders: impl Stream<Item = u32>,
) -> Option<u32> {
    let mut orders = pin!(orders);
    while let Some(order) = orders.next().await {
        if order >= from {
            return Some(order);
        }
    }
    None
}
// ANCHOR_END: first_of

// ANCHOR: throttle
/// A tick each `period`, the first immediately. It never ends.
pub fn ticks(period: Duration) -> impl Stream<Item = ()> {
    stream::unfold(interval(period), async |mut clock| {
        clock.tick().await;
        Some(((), clock))
    })
}

/// The same items, each let through by a tick.
pub fn throttled<T>(
    items: impl Stream<Item = T>,
    period: Duration,
) -> impl Stream<Item = T> {
    items.zip(ticks(period)).map(|(item, ())| item)
}
// ANCHOR_END: throttle

/// Packs orders as they come, merges two shops, slows one down, and ends what
/// has no end.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;

    // ANCHOR: packed
    let timeline = timeline::timeline(
        "packed two at a time; the next page is asked for when a place is free",
    );
    let packed: Vec<u32> =
        orders(shop).map(pack).buffer_unordered(2).collect().await;
    timeline.draw();
    println!("as they are done     {packed:?}");
    let in_order: Vec<u32> = orders(shop).map(pack).buffered(2).collect().await;
    println!("in the shop's order  {in_order:?}\n");
    // ANCHOR_END: packed

    println!("the first from 12 on {:?}\n", first_of(12, orders(shop)).await);

    let web = throttled(stream::iter(["web 1", "web 2", "web 3"]), ms(20));
    let phone = throttled(stream::iter(["phone 1", "phone 2"]), ms(30));
    println!(
        "merged               {:?}\n",
        stream::select(web, phone).collect::<Vec<_>>().await
    );

    // ANCHOR: endless
    let all = timeout(ms(100), ticks(ms(10)).collect::<Vec<_>>()).await;
    println!(
        "collect the ticks    {}",
        if all.is_err() { "STUCK: nothing after 100 ms" } else { "" }
    );
    let some = ticks(ms(10)).take_until(sleep(ms(100))).count().await;
    println!("until 100 ms are up  {some} ticks");
    // ANCHOR_END: endless
    Ok(())
}

/// A page of the shop's list: three orders, on three pages.
async fn shop(page: u32) -> Vec<u32> {
    sleep(Duration::from_millis(20)).instrument(info_span!("page", page)).await;
    if page > 3 { vec![] } else { (page * 10 + 1..=page * 10 + 3).collect() }
}

/// Packs an order. The first of each page is a large one.
async fn pack(order: u32) -> u32 {
    let takes = if order % 10 == 1 { 25 } else { 10 };
    sleep(Duration::from_millis(takes))
        .instrument(info_span!("pack", order))
        .await;
    order
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
