// Make one future of two, by hand: it returns what both return. (`join` of the futures crate does
// this. Here you see how.)
//
// What is wanted: each poll asks every side that has not ended, so that both wait at the same time.
// A side that was `Ready` is never polled again. It asks for no poll that neither side asks for.
//
// How it is judged: the sides wait for each other, count their polls, and panic after their end.

use futures::executor::block_on;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    // TODO: poll both in one poll.
    todo!()
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

    const LIMIT: Duration = Duration::from_secs(5);

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
