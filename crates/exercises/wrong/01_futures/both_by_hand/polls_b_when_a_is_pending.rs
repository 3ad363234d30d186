// Asks the second only while the first waits: it loses a poll when the first ends.
// => failed each_poll_asks_both_that_have_not_ended

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    let mut of_a_was_pending = true;
    poll_fn(|cx| {
        if of_a.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            of_a = Some(value);
        }
        if of_a.is_some() && of_b.is_none() && of_a_was_pending {
            of_a_was_pending = false;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if of_b.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(cx)
        {
            of_b = Some(value);
        }
        match (of_a.take(), of_b.take()) {
            (Some(value_a), Some(value_b)) => Poll::Ready((value_a, value_b)),
            (value_a, value_b) => {
                (of_a, of_b) = (value_a, value_b);
                Poll::Pending
            }
        }
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
