// Makes a new sleep in each turn: whoever gets in starts the minute again.
// => failed nobody_waits_longer_than_a_minute

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];

        while aboard.len() < SEATS {
            tokio::select! {
                () = sleep(PATIENCE) => break,
                next = queue.recv() => match next {
                    Some(passenger) => aboard.push(passenger),
                    None => break,
                },
            }
        }
        go_up(aboard);
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
