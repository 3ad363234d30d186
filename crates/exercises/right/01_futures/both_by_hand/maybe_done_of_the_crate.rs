// `maybe_done` of the crate keeps what each returned.

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let mut a = Box::pin(futures::future::maybe_done(a));
    let mut b = Box::pin(futures::future::maybe_done(b));
    poll_fn(move |cx| {
        let second = b.as_mut().poll(cx).is_ready();
        let first = a.as_mut().poll(cx).is_ready();
        if !(first && second) {
            return Poll::Pending;
        }
        let first = a.as_mut().take_output().expect("it has ended");
        let second = b.as_mut().take_output().expect("it has ended");
        Poll::Ready((first, second))
    })
    .await
}

fn main() {
    let steps = async |name, steps| {
        for step in 1..=steps {
            println!("{name} {step}");
            tokio::task::yield_now().await;
        }
        steps
    };
    println!("{:?}", block_on(both(steps("a", 3), steps("b", 2))));
}
