// Keeps what each poll returned.

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (Poll::Pending, Poll::Pending);
    poll_fn(|cx| {
        if of_b.is_pending() {
            of_b = b.as_mut().poll(cx);
        }
        if of_a.is_pending() {
            of_a = a.as_mut().poll(cx);
        }
        match (&mut of_a, &mut of_b) {
            (Poll::Ready(_), Poll::Ready(_)) => {
                let values = (
                    std::mem::replace(&mut of_a, Poll::Pending),
                    std::mem::replace(&mut of_b, Poll::Pending),
                );
                let (Poll::Ready(value_a), Poll::Ready(value_b)) = values else { unreachable!() };
                Poll::Ready((value_a, value_b))
            }
            _ => Poll::Pending,
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
