// Takes the seats first and gives them back after a no: meanwhile others are sent away.
// => failed the_last_seats_are_sold_once

use std::collections::HashMap;
use std::sync::Mutex;

struct Harbor {
    /// The free seats.
    ferries: Mutex<HashMap<&'static str, u32>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        Harbor { ferries: Mutex::new(ferries.iter().copied().collect()) }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let free = {
            let mut ferries = self.ferries.lock().expect("nobody panics with the lock");
            let free = ferries.get_mut(ferry)?;
            *free = free.checked_sub(seats)?;
            *free
        };
        if skipper.await {
            return Some(free);
        }
        *self.ferries.lock().expect("nobody panics with the lock").get_mut(ferry)? += seats;
        None
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
