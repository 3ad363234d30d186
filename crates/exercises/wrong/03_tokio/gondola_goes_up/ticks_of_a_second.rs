// Looks once a second into the queue, and counts the seconds.
// => failed a_full_gondola_goes_up_at_once

use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    let (mut aboard, mut waited) = (Vec::new(), 0);
    loop {
        match queue.try_recv() {
            Ok(passenger) => aboard.push(passenger),
            Err(mpsc::error::TryRecvError::Disconnected) => break,
            Err(mpsc::error::TryRecvError::Empty) => {
                sleep(Duration::from_secs(1)).await;
                waited = if aboard.is_empty() { 0 } else { waited + 1 };
            }
        }
        if aboard.len() == SEATS || waited == PATIENCE.as_secs() {
            go_up(std::mem::take(&mut aboard));
            waited = 0;
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
