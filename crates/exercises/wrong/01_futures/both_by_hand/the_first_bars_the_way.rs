// Returns Pending as soon as the first side does, and never comes to the second.
// => failed both_wait_at_the_same_time

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let mut of_a = None;
    poll_fn(|cx| {
        if of_a.is_none() {
            let Poll::Ready(value) = a.as_mut().poll(cx) else { return Poll::Pending };
            of_a = Some(value);
        }
        let Poll::Ready(value) = b.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready((of_a.take().expect("it has ended"), value))
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
