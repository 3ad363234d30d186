// A semaphore of one permit is the queue, and the seats are an atomic number.

use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Semaphore;

struct Harbor {
    /// Whose turn it is, and the free seats.
    ferries: Vec<(&'static str, Semaphore, AtomicU32)>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        Harbor {
            ferries: std::collections::HashMap::<&str, u32>::from_iter(ferries.iter().copied())
                .into_iter()
                .map(|(name, free)| (name, Semaphore::new(1), AtomicU32::new(free)))
                .collect(),
        }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let (_, turn, free) = self.ferries.iter().find(|(name, ..)| *name == ferry)?;
        let _turn = turn.acquire().await.ok()?;
        let afterward = free.load(Ordering::Relaxed).checked_sub(seats)?;
        skipper.await.then(|| {
            free.store(afterward, Ordering::Relaxed);
            afterward
        })
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
