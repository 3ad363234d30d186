// Biased select.

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
        let first = match self.left.take() { Some(cart) => cart, None => self.quay.recv().await? };
        let leaves = tokio::time::sleep_until(first.came + self.longest);
        tokio::pin!(leaves);
        let mut aboard = first.tons;
        let mut carts = vec![first];
        while aboard < self.tons {
            tokio::select! {
                biased;
                next = self.quay.recv() => match next {
                    None => break,
                    Some(cart) if aboard + cart.tons > self.tons => { self.left = Some(cart); break }
                    Some(cart) => { aboard += cart.tons; carts.push(cart) }
                },
                () = &mut leaves => break,
            }
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
