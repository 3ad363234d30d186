// Every ferry holds ten tons and waits for ten seconds, it thinks.
// => failed each_ferry_has_tons_and_patience_of_its_own

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
        let first = match self.left.take() { Some(c) => c, None => self.quay.recv().await? };
        let deadline = first.came + Duration::from_secs(10);
        let mut aboard = first.tons;
        let mut carts = vec![first];
        while aboard < 10 {
            let Ok(Some(next)) = timeout_at(deadline, self.quay.recv()).await else { break };
            if aboard + next.tons > 10 { self.left = Some(next); break; }
            aboard += next.tons;
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
