// Looks every 100 ms who is in the queue instead of waiting for it.
// => failed a_full_gondola_goes_up_at_once

use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    use tokio::sync::mpsc::error::TryRecvError;
    let mut aboard = Vec::new();
    let mut since = tokio::time::Instant::now();
    loop {
        match queue.try_recv() {
            Ok(passenger) => {
                if aboard.is_empty() {
                    since = tokio::time::Instant::now();
                }
                aboard.push(passenger);
                if aboard.len() == SEATS {
                    go_up(std::mem::take(&mut aboard));
                }
                continue;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => break,
        }
        if !aboard.is_empty() && since.elapsed() >= PATIENCE {
            go_up(std::mem::take(&mut aboard));
        }
        sleep(Duration::from_millis(100)).await;
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
