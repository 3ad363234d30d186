// A list of ferries with an `RwLock` each, always taken for writing.

use tokio::sync::RwLock;

struct Harbor {
    ferries: Vec<(&'static str, RwLock<u32>)>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferry = |&(ferry, seats)| (ferry, RwLock::new(seats));
        Harbor { ferries: ferries.iter().map(ferry).collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let (_, free) = self.ferries.iter().find(|(name, _)| *name == ferry)?;
        let mut free = free.write().await;
        match free.checked_sub(seats) {
            Some(left) if skipper.await => {
                *free = left;
                Some(left)
            }
            _ => None,
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
