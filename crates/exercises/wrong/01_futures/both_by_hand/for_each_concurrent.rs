// A stream in disguise: who was not woken is not asked.
// => failed each_poll_asks_both_that_have_not_ended

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    use futures::StreamExt;
    use std::cell::RefCell;
    use std::pin::Pin;
    let first = RefCell::new(None);
    let second = RefCell::new(None);
    {
        let (first, second) = (&first, &second);
        let sides: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] = [
            Box::pin(async move {
                let output = a.await;
                *first.borrow_mut() = Some(output);
            }),
            Box::pin(async move {
                let output = b.await;
                *second.borrow_mut() = Some(output);
            }),
        ];
        futures::stream::iter(sides).for_each_concurrent(None, |side| side).await;
    }
    (first.into_inner().unwrap(), second.into_inner().unwrap())
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
