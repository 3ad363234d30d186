// Takes who stands there with `try_recv`, and only then waits for one more.

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
        let end = first.came.checked_add(self.longest);
        let mut room = self.tons.saturating_sub(first.tons);
        let mut carts = vec![first];
        while room > 0 {
            let next = match self.quay.try_recv() {
                Ok(cart) => Some(cart),
                Err(mpsc::error::TryRecvError::Disconnected) => None,
                Err(mpsc::error::TryRecvError::Empty) => match end {
                    Some(end) => timeout_at(end, self.quay.recv()).await.ok().flatten(),
                    None => self.quay.recv().await,
                },
            };
            let Some(next) = next else {
                break;
            };
            if next.tons > room {
                self.left = Some(next);
                break;
            }
            room -= next.tons;
            carts.push(next);
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
