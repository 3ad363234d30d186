// Those who wait stand on a pile: who came last is next.
// => failed first_come_first_served

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use tokio::sync::oneshot;

struct Harbor {
    ferries: HashMap<&'static str, Ferry>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |&(ferry, seats)| {
            (
                ferry,
                Ferry { free: Cell::new(seats), busy: Cell::new(false), pile: RefCell::default() },
            )
        };
        Harbor { ferries: ferries.iter().map(ferry).collect() }
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
        if ferry.free.get() < seats || !skipper.await {
            return None;
        }
        ferry.free.set(ferry.free.get() - seats);
        Some(ferry.free.get())
    }
}

struct Ferry {
    free: Cell<u32>,
    busy: Cell<bool>,
    pile: RefCell<Vec<oneshot::Sender<()>>>,
}

struct Turn<'f>(&'f Ferry);

impl Ferry {
    async fn turn(&self) -> Turn<'_> {
        while self.busy.get() {
            let (tell, told) = oneshot::channel();
            self.pile.borrow_mut().push(tell);
            let _ = told.await;
        }
        self.busy.set(true);
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.busy.set(false);
        while let Some(next) = self.0.pile.borrow_mut().pop() {
            if next.send(()).is_ok() {
                break;
            }
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
