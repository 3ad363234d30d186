// The guard is bound to `_`, and gone at once.
// => failed the_last_seats_are_sold_once

use std::collections::HashMap;
use tokio::sync::Mutex;

struct Harbor {
    ferries: HashMap<&'static str, (std::cell::Cell<u32>, Mutex<()>)>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |&(ferry, seats)| (ferry, (std::cell::Cell::new(seats), Mutex::new(())));
        Harbor { ferries: ferries.iter().map(ferry).collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let (free, turn) = self.ferries.get(ferry)?;
        let _ = turn.lock().await;
        if free.get() < seats || !skipper.await {
            return None;
        }
        free.set(free.get().saturating_sub(seats));
        Some(free.get())
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
