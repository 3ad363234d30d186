// Takes and gives back the turn by hand: who gives up keeps it.
// => failed who_gives_up_takes_nothing_and_holds_up_nobody

use std::cell::Cell;
use std::collections::HashMap;
use tokio::sync::Semaphore;

struct Harbor {
    ferries: HashMap<&'static str, (Cell<u32>, Semaphore)>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |&(ferry, seats)| (ferry, (Cell::new(seats), Semaphore::new(1)));
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
        turn.acquire().await.expect("nobody closes it").forget();
        let agreed = free.get() >= seats && skipper.await;
        if agreed {
            free.set(free.get() - seats);
        }
        let free = free.get();
        turn.add_permits(1);
        agreed.then_some(free)
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
