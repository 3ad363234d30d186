// Make one future of two, by hand: it returns what both return. (`join` of the futures crate does
// this. Here you see how, so use no `join`, no `select`, no stream of futures and no task.)
//
// What is wanted: each poll asks every side that has not ended, so that both wait at the same time.
// A side that was `Ready` is never polled again. Each side gets the waker of the whole, so that the
// whole is polled when a side asks for it, and at no other time.
//
// How it is judged: the sides wait for each other, count their polls, and panic after their end.
// Their wakers are woken, and the wakes counted. Your code, without its comments, is searched for
// these words: `join`, `join3`, `select`, `spawn`, `FuturesUnordered`, `FuturesOrdered`, and those
// that end with `buffered`.
//
// Lesson: chapter-01 poll

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|cx| {
        if of_a.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            of_a = Some(value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::timeout;
    use witness::{Drops, Log, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(20);

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ready at its `last` poll. It notes each poll, and panics at one more.
    fn countdown(name: char, last: usize, log: &Log<char>) -> impl Future<Output = usize> + use<> {
        let (log, mut polls) = (log.clone(), 0);
        poll_fn(move |_| {
            polls += 1;
            log.push(name);
            assert!(polls <= last, "{name} was polled after its end");
            if polls == last { Poll::Ready(last) } else { Poll::Pending }
        })
    }

    /// Polls until it is ready. Returns the output, who was polled, the number of polls, and how
    /// many wakes there were.
    fn run(last_a: usize, last_b: usize) -> ((usize, usize), String, usize, usize) {
        within(LIMIT, move || {
            let (log, wakes) = (Log::new(), Arc::new(Wakes::default()));
            let waker = Waker::from(Arc::clone(&wakes));
            let mut whole = pin!(both(countdown('a', last_a, &log), countdown('b', last_b, &log)));
            for polls in 1..100 {
                if let Poll::Ready(output) = whole.as_mut().poll(&mut Context::from_waker(&waker)) {
                    let polled = log.events().into_iter().collect();
                    return (output, polled, polls, wakes.0.load(Ordering::Relaxed));
                }
            }
            panic!("after 99 polls it is not ready");
        })
    }

    #[test]
    fn each_poll_asks_both_that_have_not_ended() {
        for (a, b, expected) in [(1, 1, "ab"), (2, 2, "abab"), (3, 1, "abaa"), (1, 3, "abbb")] {
            let (output, polled, polls, _) = run(a, b);
            assert_eq!(output, (a, b), "what both returned");
            let asked_a = |of: &str| of.matches('a').count();
            assert_eq!(polled.len(), expected.len(), "{polled}, not {expected}");
            assert_eq!(asked_a(&polled), asked_a(expected), "{polled}, not {expected}");
            assert_eq!(polls, a.max(b), "as many polls as the longer one needs");
        }
    }

    #[test]
    fn it_asks_for_no_poll_by_itself() {
        let (_, _, _, wakes) = run(4, 2);
        assert_eq!(wakes, 0, "neither side asked to be polled");
    }

    #[test]
    fn a_wake_of_either_side_is_a_wake_of_the_whole() {
        // What is still waiting: both, then only one of them.
        for (last_a, last_b) in [(9, 9), (1, 9), (9, 1)] {
            within(LIMIT, move || {
                let (wakers, mut polls) = (Log::new(), [0, 0]);
                let side = |nth: usize, last: usize| {
                    let (wakers, mut polls) = (wakers.clone(), 0);
                    poll_fn(move |cx| {
                        polls += 1;
                        wakers.push((nth, polls, cx.waker().clone()));
                        if polls == last { Poll::Ready(()) } else { Poll::Pending }
                    })
                };
                let mut whole = pin!(both(side(0, last_a), side(1, last_b)));
                for poll in 1..=3 {
                    // Each poll may bring another waker.
                    let wakes = Arc::new(Wakes::default());
                    let waker = Waker::from(Arc::clone(&wakes));
                    let polled = whole.as_mut().poll(&mut Context::from_waker(&waker));
                    assert!(polled.is_pending());
                    for (nth, polled, waker) in wakers.events() {
                        let last = [last_a, last_b][nth];
                        if polled > polls[nth] && polled < last {
                            polls[nth] = polled;
                            let before = wakes.0.load(Ordering::Relaxed);
                            waker.wake();
                            let woken = wakes.0.load(Ordering::Relaxed) - before;
                            assert_eq!(woken, 1, "side {nth} asked for a poll after poll {poll}");
                        }
                    }
                }
                assert_eq!(polls, [last_a, last_b].map(|last| if last == 1 { 0 } else { 3 }));
            });
        }
    }

    #[test]
    fn it_is_made_by_hand() {
        let code = include_str!("both_by_hand.rs").split("#[cfg(test)]").next().unwrap_or("");
        let code = code.lines().filter_map(|line| line.split("//").next());
        let words = code.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric()));
        let bought = ["join", "join3", "select", "spawn", "FuturesUnordered", "FuturesOrdered"];
        let found = words.filter(|word| bought.contains(word) || word.ends_with("buffered"));
        assert_eq!(found.collect::<Vec<_>>(), [""; 0], "words of those who do not do it by hand");
    }

    #[test]
    fn both_wait_at_the_same_time() {
        let met = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let pair = Rendezvous::new(2);
                let patience = Duration::from_secs(60);
                let side = async || timeout(patience, pair.meet_async()).await.is_ok();
                both(side(), side()).await
            })
        });
        assert_eq!(met, (true, true), "whether each met the other, within a minute of its clock");
    }

    #[test]
    fn dropped_it_drops_both() {
        let drops = within(LIMIT, || {
            let drops = Drops::new();
            let side = |guard| async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            };
            let mut whole = Box::pin(both(side(drops.guard()), side(drops.guard())));
            let polled = whole.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            assert_eq!(drops.alive(), 2);
            drop(whole);
            drops
        });
        assert_eq!(drops.canceled(), 2);
    }
}
