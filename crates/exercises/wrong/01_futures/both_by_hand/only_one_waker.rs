// B gets a waker that does nothing: if b is ready first nobody is told.
// => failed a_wake_of_either_side_is_a_wake_of_the_whole

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|cx| {
        if of_a.is_none() && let Poll::Ready(v) = a.as_mut().poll(cx) { of_a = Some(v); }
        let mut quiet = std::task::Context::from_waker(std::task::Waker::noop());
        // While a waits, its wake asks for b, too.
        let cx = if of_a.is_none() { &mut quiet } else { cx };
        if of_b.is_none() && let Poll::Ready(v) = b.as_mut().poll(cx) { of_b = Some(v); }
        if of_a.is_some() && of_b.is_some() {
            return Poll::Ready((of_a.take().unwrap(), of_b.take().unwrap()));
        }
        Poll::Pending
    }).await
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
