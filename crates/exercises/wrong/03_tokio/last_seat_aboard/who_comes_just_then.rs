// Who comes before the one who was woken is polled goes first.
// => failed nobody_overtakes_who_was_woken

use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::Notify;

struct Ferry {
    /// The free seats, and whether somebody is booking.
    state: Mutex<(u32, bool)>,
    done: Notify,
}

/// Gives the ferry to the next one, also if dropped midway.
struct Turn<'a>(&'a Ferry);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().1 = false;
        self.0.done.notify_one();
    }
}

impl Ferry {
    async fn turn(&self) -> Turn<'_> {
        while std::mem::replace(&mut self.state.lock().unwrap().1, true) {
            self.done.notified().await;
        }
        Turn(self)
    }
}

struct Harbor {
    ferries: HashMap<&'static str, Ferry>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |free| Ferry { state: Mutex::new((free, false)), done: Notify::new() };
        Harbor { ferries: ferries.iter().map(|&(name, free)| (name, ferry(free))).collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let ferry = self.ferries.get(ferry)?;
        let _turn = ferry.turn().await;
        let free = ferry.state.lock().unwrap().0;
        if free < seats || !skipper.await {
            return None;
        }
        ferry.state.lock().unwrap().0 = free - seats;
        Some(free - seats)
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
