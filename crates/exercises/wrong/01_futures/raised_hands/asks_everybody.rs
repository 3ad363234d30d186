// Asks every child in each poll, with the waker of the whole: `join_all` for few.
// => failed only_those_with_a_hand_up_are_asked

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        for (child, output) in children.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(it) = child.as_mut().poll(cx)
            {
                *output = Some(it);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
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
