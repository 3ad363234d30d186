// When the minute is over, it lets in all who stand in the queue.
// => failed no_more_than_four_get_in

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];
        let mut too_long = std::pin::pin!(sleep(PATIENCE));
        while aboard.len() < SEATS {
            tokio::select! {
                biased;
                () = &mut too_long => {
                    while let Ok(late) = queue.try_recv() {
                        aboard.push(late);
                    }
                    break;
                }
                next = queue.recv() => match next {
                    Some(passenger) => aboard.push(passenger),
                    None => break,
                },
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
