// Lends the sleep, but does not promise that it will not move.
// => did not compile E0277

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];
        let mut too_long = sleep(PATIENCE);
        while aboard.len() < SEATS {
            tokio::select! {
                () = &mut too_long => break,
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
