// There are 64 locks, and some ferries share one.
// => failed ferries_do_not_wait_for_each_other

use std::collections::HashMap;
use tokio::sync::Mutex;

struct Harbor {
    ferries: HashMap<&'static str, (usize, std::sync::Mutex<u32>)>,
    locks: Vec<Mutex<()>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        Harbor {
            ferries: ferries
                .iter()
                .enumerate()
                .map(|(i, &(name, free))| (name, (i % 64, std::sync::Mutex::new(free))))
                .collect(),
            locks: (0..64).map(|_| Mutex::new(())).collect(),
        }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let (lock, free) = self.ferries.get(ferry)?;
        let _turn = self.locks[*lock].lock().await;
        let seen = *free.lock().expect("nobody panics with the lock");
        if seen < seats || !skipper.await {
            return None;
        }
        *free.lock().expect("nobody panics with the lock") = seen - seats;
        Some(seen - seats)
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
