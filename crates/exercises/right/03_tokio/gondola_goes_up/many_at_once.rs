// Lets in as many at once as there are seats, with `recv_many`.

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::{Instant, timeout_at};

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let leaves = Instant::now() + PATIENCE;
        let mut aboard = vec![first];
        while aboard.len() < SEATS {
            let free = SEATS - aboard.len();
            match timeout_at(leaves, queue.recv_many(&mut aboard, free)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
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
