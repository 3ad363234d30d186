// Not by hand at all: tokio::join!.
// => failed it_is_made_by_hand

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    tokio::join!(a, b)
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
