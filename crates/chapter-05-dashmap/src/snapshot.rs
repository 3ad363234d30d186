//! Readers of a snapshot never wait.

// ANCHOR: program
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;

use arc_swap::ArcSwap;

// ANCHOR: prices
/// The prices of a shop. They change once an hour, and are read all the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The hour from which they hold.
    pub hour: u32,
    /// What a ticket costs, in cents.
    pub ticket: u32,
    /// What two tickets cost together. Always less than two single ones.
    pub pair: u32,
}

impl Prices {
    /// The prices of an hour.
    pub fn of(hour: u32) -> Self {
        Prices { hour, ticket: 100 * hour, pair: 190 * hour }
    }
}
// ANCHOR_END: prices

// ANCHOR: two_loads
/// Wrong: what a pair saves, from two loads. `gap` runs in between.
pub fn saved_in_two_loads(prices: &ArcSwap<Prices>, gap: impl FnOnce()) -> i64 {
    let singles = 2 * prices.load().ticket;
    gap();
    i64::from(singles) - i64::from(prices.load().pair)
}

/// What a pair saves, from one load.
pub fn saved(prices: &ArcSwap<Prices>, gap: impl FnOnce()) -> i64 {
    let prices = prices.load();
    let singles = 2 * prices.ticket;
    gap();
    i64::from(singles) - i64::from(prices.pair)
}
// ANCHOR_END: two_loads

// ANCHOR: changes
/// Wrong: copies the prices, changes the copy, and stores it. `gap` runs in
/// between.
pub fn raise_and_store(
    prices: &ArcSwap<Prices>,
    cents: u32,
    gap: impl FnOnce(),
) {
    let mut copy = Prices::clone(&prices.load());
    copy.ticket += cents;
    gap();
    prices.store(Arc::new(copy));
}

/// The same, but if the prices have changed meanwhile, it does it again.
pub fn raise(prices: &ArcSwap<Prices>, cents: u32, mut gap: impl FnMut()) {
    prices.rcu(|now| {
        let mut copy = Prices::clone(now);
        copy.ticket += cents;
        gap();
        copy
    });
}
// ANCHOR_END: changes

/// Changes prices while somebody reads them, and while somebody else changes
/// them.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "a reader still looks at the prices of hour 9 \
         when those of hour 10 come"
    );
    let locked = RwLock::new(Prices::of(9));
    let reader = locked.read().expect("nobody panics with the lock");
    let waits = on_another_thread(|| locked.try_write().is_err());
    println!(
        "  RwLock    the writer has to wait: {waits}; the reader sees hour {}",
        reader.hour
    );
    drop(reader);
    let swapped = ArcSwap::from_pointee(Prices::of(9));
    let reader = swapped.load();
    on_another_thread(|| swapped.store(Arc::new(Prices::of(10))));
    let next = swapped.load();
    println!(
        "  ArcSwap   this reader sees hour {}, the next one hour {}\n",
        reader.hour, next.hour
    );

    println!("what a pair saves, when the prices change in the middle");
    let prices = || ArcSwap::from_pointee(Prices::of(9));
    let shop = prices();
    let change = || shop.store(Arc::new(Prices::of(10)));
    println!("  two loads {:>5} cents", saved_in_two_loads(&shop, change));
    let shop = prices();
    let change = || shop.store(Arc::new(Prices::of(10)));
    println!("  one load  {:>5} cents\n", saved(&shop, change));

    println!("a ticket of 900 is raised by 5, and meanwhile by 1");
    let shop = prices();
    raise_and_store(&shop, 5, || raise(&shop, 1, || ()));
    println!("  load, store   {}", shop.load().ticket);
    let (shop, tries) = (prices(), AtomicUsize::new(0));
    raise(&shop, 5, || {
        if tries.fetch_add(1, Ordering::Relaxed) == 0 {
            raise(&shop, 1, || ());
        }
    });
    println!(
        "  rcu           {}, after {} tries",
        shop.load().ticket,
        tries.into_inner()
    );
    Ok(())
}

fn on_another_thread<T: Send>(job: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(job).join())
        .expect("the job does not panic")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
