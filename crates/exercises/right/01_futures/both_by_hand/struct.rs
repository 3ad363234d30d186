// A type of its own.

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

enum Side<F: Future> {
    Waits(std::pin::Pin<Box<F>>),
    Ended(Option<F::Output>),
}

impl<F: Future> Side<F> {
    fn ended(&mut self, cx: &mut std::task::Context<'_>) -> bool {
        if let Side::Waits(future) = self {
            let Poll::Ready(output) = future.as_mut().poll(cx) else { return false };
            *self = Side::Ended(Some(output));
        }
        true
    }

    fn take(&mut self) -> F::Output {
        let Side::Ended(output) = self else { unreachable!() };
        output.take().expect("taken once")
    }
}

struct Both<A: Future, B: Future> {
    a: Side<A>,
    b: Side<B>,
}

impl<A: Future, B: Future> Unpin for Both<A, B> {}

impl<A: Future, B: Future> Future for Both<A, B> {
    type Output = (A::Output, B::Output);

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        // Not `&&`: both must be asked.
        if self.a.ended(cx) & self.b.ended(cx) {
            Poll::Ready((self.a.take(), self.b.take()))
        } else {
            Poll::Pending
        }
    }
}

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    Both { a: Side::Waits(Box::pin(a)), b: Side::Waits(Box::pin(b)) }.await
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
