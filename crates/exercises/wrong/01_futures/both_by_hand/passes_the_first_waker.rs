// Gives the sides a waker that wakes the one of the first poll, however often another one comes.
// => failed a_wake_of_either_side_is_a_wake_of_the_whole

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

struct Pass(std::task::Waker);

impl std::task::Wake for Pass {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.wake_by_ref();
    }
}

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let mut a = pin!(a);
    let mut b = pin!(b);
    let mut first = None;
    let mut second = None;
    let mut pass = None;
    poll_fn(move |cx| {
        let waker = pass.get_or_insert_with(|| {
            std::task::Waker::from(std::sync::Arc::new(Pass(cx.waker().clone())))
        });
        let cx = &mut std::task::Context::from_waker(waker);
        if first.is_none() {
            if let Poll::Ready(output) = a.as_mut().poll(cx) {
                first = Some(output);
            }
        }
        if second.is_none() {
            if let Poll::Ready(output) = b.as_mut().poll(cx) {
                second = Some(output);
            }
        }
        if first.is_none() || second.is_none() {
            return Poll::Pending;
        }
        Poll::Ready((first.take().unwrap(), second.take().unwrap()))
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
