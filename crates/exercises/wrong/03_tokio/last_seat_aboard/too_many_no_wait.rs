// Says at once that there are too few seats, while a skipper is asked.
// => failed whatever_somebody_books_they_wait_for_the_skipper

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use tokio::sync::Mutex;

struct Harbor {
    /// The free seats, each behind its own lock, and a copy to look at.
    ferries: HashMap<&'static str, (Mutex<()>, AtomicU32)>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferries = ferries.iter();
        Harbor { ferries: ferries.map(|&(name, n)| (name, (Mutex::new(()), n.into()))).collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let (turn, free) = self.ferries.get(ferry)?;
        if free.load(SeqCst) < seats {
            return None;
        }
        let _turn = turn.lock().await;
        if free.load(SeqCst) < seats || !skipper.await {
            return None;
        }
        Some(free.fetch_sub(seats, SeqCst) - seats)
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
