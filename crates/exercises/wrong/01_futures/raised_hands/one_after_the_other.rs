// Awaits one child, then the next: the first poll asks only one.
// => failed only_those_with_a_hand_up_are_asked

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let mut outputs = Vec::new();
    for child in children {
        outputs.push(child.await);
    }
    outputs
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let child = |nth: u64| async move {
            let (sender, news) = futures::channel::oneshot::channel();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(40 - 10 * nth));
                sender.send(nth * nth)
            });
            let square = news.await.expect("it is sent");
            println!("child {nth} has an answer");
            square
        };
        println!("{:?}", futures::executor::block_on(all((0..4).map(child).collect())));
    });
}
