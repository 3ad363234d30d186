// Two bird hides at a lake, and one list: a bird seen from either goes on the list at once. Return
// how many were seen from each. This does not compile. Repair it.
//
// What is wanted: both hides are watched at the same time, on this thread, with the `join` below.
// What is on the list already stays there.
//
// How it is judged: by the order on the list, on a clock that moves only when everybody waits. It
// may be stopped at any moment, also by a panic of a hide: then the list has all birds that were
// seen by then. Birds of one kind are many birds.
//
// Lesson: chapter-02 async-fn

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
    join(watch(north, &list), watch(south, &list)).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::task::{Context, Waker};
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, timeout};
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(20);

    /// Birds, each after so many seconds more, and the seconds until the hide is closed.
    struct Timed(RefCell<VecDeque<(u64, &'static str)>>, u64);

    impl Hide for Timed {
        async fn next(&self) -> Option<&'static str> {
            let next = self.0.borrow_mut().pop_front();
            let seconds = next.map_or(self.1, |(seconds, _)| seconds);
            sleep(Duration::from_secs(seconds)).await;
            next.map(|(_, bird)| bird)
        }
    }

    /// Watches for at most so many milliseconds. Returns the list, what `census` returned, and the time.
    fn watched(millis: u64) -> (Vec<&'static str>, Option<(usize, usize)>, Duration) {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let birds = VecDeque::from([(1, "heron"), (3, "coot"), (2, "teal")]);
                let north = Timed(RefCell::new(birds), 4);
                let birds = VecDeque::from([(2, "grebe"), (1, "snipe")]);
                let south = Timed(RefCell::new(birds), 2);
                let (mut list, start) = (vec!["owl"], Instant::now());
                let seen = census(&north, &south, &mut list);
                let seen = timeout(Duration::from_millis(millis), seen).await.ok();
                (list, seen, start.elapsed())
            })
        })
    }

    #[test]
    fn birds_are_on_the_list_in_the_order_in_which_they_came() {
        let (list, _, _) = watched(60_000);
        let came = ["owl", "heron", "grebe", "snipe", "coot", "teal"];
        assert_eq!(
            list, came,
            "the owl was there before, the others came after 1, 2, 3, 4 and 6 s"
        );
    }

    #[test]
    fn both_hides_are_watched_to_the_end() {
        let (_, seen, took) = watched(60_000);
        assert_eq!(seen, Some((3, 2)), "birds seen from the north and from the south");
        assert_eq!(took, Duration::from_secs(10), "the north closes after 10 s, the south after 5");
    }

    /// Birds, one in each poll after the first. After the last the hide is closed, or falls down.
    struct OneAPoll(RefCell<VecDeque<&'static str>>, bool);

    impl Hide for OneAPoll {
        async fn next(&self) -> Option<&'static str> {
            let next = self.0.borrow_mut().pop_front();
            futures::pending!();
            assert!(next.is_some() || !self.1, "this hide falls down on purpose");
            next
        }
    }

    /// Polls a census so many times and drops it. Returns the list, sorted from the owl on.
    fn polled(polls: usize, north: [&'static str; 2], falls: bool) -> Vec<&'static str> {
        within(LIMIT, move || {
            let north = OneAPoll(RefCell::new(north.into()), falls);
            let south = OneAPoll(RefCell::new(["heron", "teal"].into()), false);
            let mut list = vec!["owl"];
            let mut census = Box::pin(census(&north, &south, &mut list));
            let mut cx = Context::from_waker(Waker::noop());
            for _ in 0..polls {
                let _ = catch_unwind(AssertUnwindSafe(|| census.as_mut().poll(&mut cx)));
            }
            drop(census);
            if let Some(birds) = list.get_mut(1..) {
                birds.sort();
            }
            list
        })
    }

    #[test]
    fn each_poll_leaves_what_was_seen_in_it() {
        let lists: [&[&str]; 5] = [
            &["owl"],
            &["owl"],
            &["owl", "heron", "heron"],
            &["owl", "heron", "heron", "heron", "teal"],
            &["owl", "heron", "heron", "heron", "teal"],
        ];
        for (polls, list) in lists.into_iter().enumerate() {
            let seen = polled(polls, ["heron"; 2], false);
            assert_eq!(seen, list, "the list after {polls} polls, a bird in each after the first");
        }
    }

    #[test]
    fn a_panic_leaves_what_was_seen() {
        // In the third poll the north sees its second bird, and in the fourth it falls down.
        let list = polled(4, ["heron", "wren"], true);
        let birds = |bird| list.iter().filter(|&&it| it == bird).count();
        assert_eq!((birds("owl"), birds("heron"), birds("wren")), (1, 2, 1), "the list: {list:?}");
    }

    #[test]
    fn stopped_early_it_leaves_what_was_seen() {
        let came = ["owl", "heron", "grebe", "snipe", "coot", "teal"];
        for (half, birds) in [(500, 1), (1_500, 2), (2_500, 3), (3_500, 4), (4_500, 5), (6_500, 6)]
        {
            let (list, seen, _) = watched(half);
            assert_eq!(seen, None, "after {half} ms a hide is open");
            assert_eq!(list, came[..birds], "the list after {half} ms");
        }
    }
}
