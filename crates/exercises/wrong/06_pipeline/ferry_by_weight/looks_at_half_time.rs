// Looks at half-time, too.
// => failed who_waits_does_not_look_meanwhile

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
    async fn load(&mut self) -> Option<Vec<Cart>> {
        let first = match self.left.take() {
            Some(cart) => cart,
            None => self.quay.recv().await?,
        };
        let leaves = first.came + self.longest;
        let mut aboard = first.tons;
        let mut carts = vec![first];
        while aboard < self.tons {
            let half = Instant::now() + leaves.saturating_duration_since(Instant::now()) / 2;
            let next = match timeout_at(half, self.quay.recv()).await {
                Ok(next) => Ok(next),
                Err(_) => timeout_at(leaves, self.quay.recv()).await,
            };
            let Ok(Some(cart)) = next else { break };
            if aboard + cart.tons > self.tons {
                self.left = Some(cart);
                break;
            }
            aboard += cart.tons;
            carts.push(cart);
        }
        Some(carts)
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
