// Sleeps, and then looks who has come: a full gondola waits, too.
// => failed a_full_gondola_goes_up_at_once

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];
        sleep(PATIENCE).await;
        while aboard.len() < SEATS
            && let Ok(passenger) = queue.try_recv()
        {
            aboard.push(passenger);
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
