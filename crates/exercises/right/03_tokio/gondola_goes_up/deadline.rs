// `timeout_at` with one moment for the whole gondola.

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];
        let leaves = tokio::time::Instant::now() + PATIENCE;
        while aboard.len() < SEATS
            && let Ok(Some(next)) = tokio::time::timeout_at(leaves, queue.recv()).await
        {
            aboard.push(next);
        }
        go_up(aboard);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let (sender, queue) = mpsc::channel(10);
    for passenger in 1..=6 {
        sender.send(passenger).await.expect("the queue is there");
    }
    drop(sender);
    run_gondola(queue, |aboard| println!("{aboard:?} go up")).await;
}
