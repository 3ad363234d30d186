// One loop, an optional sleep.

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    let mut aboard = Vec::new();
    let mut leaves = std::pin::pin!(sleep(Duration::ZERO));
    loop {
        tokio::select! {
            next = queue.recv() => match next {
                Some(passenger) => {
                    if aboard.is_empty() {
                        leaves.as_mut().reset(tokio::time::Instant::now() + PATIENCE);
                    }
                    aboard.push(passenger);
                    if aboard.len() == SEATS {
                        go_up(std::mem::take(&mut aboard));
                    }
                }
                None => break,
            },
            () = &mut leaves, if !aboard.is_empty() => go_up(std::mem::take(&mut aboard)),
        }
    }
    if !aboard.is_empty() {
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
