// Drops the future that holds who got in, and with it all of them but the first.
// => failed everybody_goes_up_once

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let others = async {
            let mut others = Vec::new();
            while others.len() + 1 < SEATS
                && let Some(passenger) = queue.recv().await
            {
                others.push(passenger);
            }
            others
        };
        let others = timeout(PATIENCE, others).await.unwrap_or_default();
        go_up([vec![first], others].concat());
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, queue) = mpsc::channel(10);
    for passenger in 1..=6 {
        sender.send(passenger).await.expect("the queue is there");
    }
    drop(sender);
    run_gondola(queue, |aboard| println!("{aboard:?} go up")).await;
}
