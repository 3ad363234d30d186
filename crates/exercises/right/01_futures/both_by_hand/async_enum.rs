// `MaybeDone`, written here.

use futures::executor::block_on;
use std::future::poll_fn;
use std::task::Poll;

enum MaybeDone<F: Future> {
    Waits(std::pin::Pin<Box<F>>),
    Done(F::Output),
    Gone,
}

impl<F: Future> MaybeDone<F> {
    fn ask(&mut self, cx: &mut std::task::Context<'_>) -> bool {
        if let MaybeDone::Waits(future) = self {
            let Poll::Ready(value) = future.as_mut().poll(cx) else { return false };
            *self = MaybeDone::Done(value);
        }
        true
    }
}

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (MaybeDone::Waits(Box::pin(a)), MaybeDone::Waits(Box::pin(b)));
    poll_fn(|cx| {
        let done = [a.ask(cx), b.ask(cx)];
        if done != [true, true] {
            return Poll::Pending;
        }
        let (MaybeDone::Done(a), MaybeDone::Done(b)) = (
            std::mem::replace(&mut a, MaybeDone::Gone),
            std::mem::replace(&mut b, MaybeDone::Gone),
        ) else {
            unreachable!("both have ended")
        };
        Poll::Ready((a, b))
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
