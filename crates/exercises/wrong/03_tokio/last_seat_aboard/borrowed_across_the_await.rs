// A `RefCell` for each ferry, borrowed while the skipper thinks: the next booking panics.
// => failed the_last_seats_are_sold_once

use std::cell::RefCell;
use std::collections::HashMap;

struct Harbor {
    /// The free seats, behind a lock for each ferry that may be held while a skipper thinks.
    ferries: HashMap<&'static str, RefCell<u32>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferries = ferries.iter().map(|&(ferry, seats)| (ferry, RefCell::new(seats)));
        Harbor { ferries: ferries.collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let mut free = self.ferries.get(ferry)?.borrow_mut();
        if *free < seats || !skipper.await {
            return None;
        }
        *free -= seats;
        Some(*free)
    }
}

/// Books the last seats for two, and all seats of another ferry.
#[tokio::main(flavor = "current_thread")]
async fn book_three() {
    let harbor = Harbor::new(&[("north", 3), ("south", 9)]);
    let skipper = async || {
        tokio::task::yield_now().await;
        true
    };
    let (first, second, south) = tokio::join!(
        harbor.book("north", 2, skipper()),
        harbor.book("north", 2, skipper()),
        harbor.book("south", 9, skipper()),
    );
    println!("free afterward: {first:?}, {second:?}, {south:?}");
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), book_three);
}
