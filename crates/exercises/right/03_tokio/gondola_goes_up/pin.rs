// Pin! and &mut.

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = Vec::with_capacity(SEATS);
        aboard.push(first);
        let too_long = sleep(PATIENCE);
        tokio::pin!(too_long);
        while aboard.len() < SEATS {
            tokio::select! {
                biased;
                next = queue.recv() => match next {
                    Some(passenger) => aboard.push(passenger),
                    None => break,
                },
                () = &mut too_long => break,
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
