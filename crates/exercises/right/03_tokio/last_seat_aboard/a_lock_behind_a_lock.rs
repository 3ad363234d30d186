// The map is behind a short lock, and lends out the ferry's own lock, which is held for long.

use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

struct Harbor {
    ferries: std::sync::Mutex<HashMap<&'static str, Arc<Mutex<u32>>>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |&(ferry, seats)| (ferry, Arc::new(Mutex::new(seats)));
        Harbor { ferries: std::sync::Mutex::new(ferries.iter().map(ferry).collect()) }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let ferry = {
            let ferries = self.ferries.lock().expect("nobody panics with the lock");
            Arc::clone(ferries.get(ferry)?)
        };
        let mut free = ferry.lock_owned().await;
        let left = free.checked_sub(seats)?;
        if skipper.await {
            *free = left;
            Some(left)
        } else {
            None
        }
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
