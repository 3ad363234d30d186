// Asks at once about a booking of 0 seats, while another skipper is asked.
// => failed whatever_somebody_books_they_wait_for_the_skipper

use std::collections::HashMap;
use tokio::sync::Mutex;

struct Harbor {
    /// The free seats, each behind its own lock.
    ferries: HashMap<&'static str, Mutex<u32>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        Harbor { ferries: ferries.iter().map(|&(name, free)| (name, Mutex::new(free))).collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let ferry = self.ferries.get(ferry)?;
        if seats == 0 {
            return if skipper.await { Some(*ferry.lock().await) } else { None };
        }
        let mut free = ferry.lock().await;
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
