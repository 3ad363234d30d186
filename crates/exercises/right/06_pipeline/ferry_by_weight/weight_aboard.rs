// Adds up what is aboard.

use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

#[derive(Debug, PartialEq)]
struct Cart {
    number: u32,
    tons: u32,
    came: Instant,
}

struct Ferry {
    quay: mpsc::Receiver<Cart>,
    tons: u32,
    longest: Duration,
    /// The cart that was too heavy for the last ferry.
    left: Option<Cart>,
}

impl Ferry {
    /// The carts that cross next, or `None` when no more can come.
    async fn load(&mut self) -> Option<Vec<Cart>> {
        let first = match self.left.take() {
            Some(cart) => cart,
            None => self.quay.recv().await?,
        };
        let leaves = first.came + self.longest;
        let mut weight = first.tons;
        let mut aboard = vec![first];
        while weight < self.tons {
            match timeout_at(leaves, self.quay.recv()).await {
                Ok(Some(cart)) if weight + cart.tons <= self.tons => {
                    weight += cart.tons;
                    aboard.push(cart);
                }
                Ok(Some(cart)) => {
                    self.left = Some(cart);
                    break;
                }
                Ok(None) | Err(_) => break,
            }
        }
        Some(aboard)
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("it takes no thread").block_on(async {
        let (road, quay) = mpsc::channel(8);
        for (number, tons) in [(1, 4), (2, 5), (3, 3), (4, 7)] {
            let cart = Cart { number, tons, came: Instant::now() };
            road.send(cart).await.expect("the quay is there");
        }
        drop(road);
        let mut ferry = Ferry { quay, tons: 10, longest: Duration::from_secs(60), left: None };
        while let Some(carts) = ferry.load().await {
            println!("{:?}", carts.iter().map(|cart| cart.number).collect::<Vec<_>>());
        }
    });
}
