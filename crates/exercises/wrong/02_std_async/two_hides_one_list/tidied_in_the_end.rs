// Strikes out one of two equal birds in the end.
// => failed each_poll_leaves_what_was_seen_in_it

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

trait Hide {
    /// Waits for the next bird. `None`: no more will come today.
    async fn next(&self) -> Option<&'static str>;
}

async fn watch(hide: &impl Hide, list: &RefCell<&mut Vec<&'static str>>) -> usize {
    let mut seen = 0;
    while let Some(bird) = hide.next().await {
        list.borrow_mut().push(bird);
        seen += 1;
    }
    seen
}

async fn census(
    north: &impl Hide,
    south: &impl Hide,
    list: &mut Vec<&'static str>,
) -> (usize, usize) {
    let list = RefCell::new(list);
    let seen = join(watch(north, &list), watch(south, &list)).await;
    list.borrow_mut().dedup();
    seen
}

/// Polls both until both are ready.
async fn join<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (Poll::Pending, Poll::Pending);
    poll_fn(|cx| {
        if of_a.is_pending() {
            of_a = a.as_mut().poll(cx);
        }
        if of_b.is_pending() {
            of_b = b.as_mut().poll(cx);
        }
        if of_a.is_ready() && of_b.is_ready() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let (Poll::Ready(of_a), Poll::Ready(of_b)) = (of_a, of_b) else { unreachable!("both ended") };
    (of_a, of_b)
}

struct Flock(RefCell<VecDeque<&'static str>>);

impl Hide for Flock {
    async fn next(&self) -> Option<&'static str> {
        tokio::task::yield_now().await;
        self.0.borrow_mut().pop_front()
    }
}

fn main() {
    let census = || {
        let birds = [["heron", "coot"], ["grebe", "swan"]];
        let [north, south] = birds.map(|birds| Flock(RefCell::new(birds.into())));
        let mut list = Vec::new();
        let seen = block_on(census(&north, &south, &mut list));
        println!("{list:?}, seen from the north and the south: {seen:?}");
    };
    witness::within(std::time::Duration::from_secs(5), census);
}
