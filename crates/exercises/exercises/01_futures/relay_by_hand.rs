// A relay: the first runner sets off, hands over to the next, and so on. `Relay` is the future of
// all of them, written by hand. It does what this async fn would do, and does it when this would:
//
//     async fn relay(runners: Vec<Runner>) -> Result<u32, Fell> {
//         let mut seconds = 0;
//         for runner in runners {
//             seconds += runner().await?;
//         }
//         Ok(seconds)
//     }
//
// So: nobody sets off before the first poll. Each poll goes on as far as it can. A run is dropped
// when it has ended, before the next runner sets off, and when a runner falls nobody else sets off.
// When the relay has ended, by a panic as well, what is left of it is dropped, although somebody may
// keep the `Relay`. Whoever polls it after its end, or after a panic in a run, gets a panic, and
// nobody runs. There may be any number of runners, so `poll` does not call itself. What is dropped
// at one moment may be dropped in any order.
//
// How it is judged: the test notes who sets off, runs, and is dropped, and compares its notes with
// those of the async fn. Your code is searched for `async` and `await`.
//
// Lesson: chapter-01 state-machine

use std::pin::Pin;
use std::task::{Context, Poll};

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

struct Relay {
    // TODO: what has to be kept from one poll to the next?
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        todo!()
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}

fn main() {
    let runner = |name: &'static str, seconds: u32| -> Runner {
        Box::new(move || {
            let mut left = 2;
            println!("{name} sets off");
            Box::pin(std::future::poll_fn(move |cx| {
                left -= 1;
                if left > 0 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(if seconds > 0 { Ok(seconds) } else { Err(Fell(name)) })
            }))
        })
    };
    witness::within(std::time::Duration::from_secs(5), move || {
        let good = Relay::new(vec![runner("Ada", 61), runner("Grace", 58)]);
        println!("{:?}", futures::executor::block_on(good));
        let bad = Relay::new(vec![runner("Ada", 60), runner("Alan", 0), runner("Grace", 57)]);
        println!("{:?}", futures::executor::block_on(bad));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What is noted: `A sets off`, `A runs`, `A's run is gone`, `A is gone`.
    type Notes = Log<String>;

    /// Notes when it is dropped.
    struct Gone(Notes, String);

    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.push(format!("{} is gone", self.1));
        }
    }

    #[derive(Clone, Copy)]
    enum End {
        Arrives(u32),
        Falls,
        Panics,
        /// Arrives, and panics when the run is dropped.
        TripsLater,
    }

    /// Panics when it is dropped, if it is told to.
    struct Trips(bool);

    impl Trips {
        fn later(&mut self) {
            self.0 = true;
        }
    }

    impl Drop for Trips {
        fn drop(&mut self) {
            assert!(!self.0, "this run panics on purpose when it is dropped");
        }
    }

    /// A runner who is at the end in the nth poll of the run.
    fn runner(notes: &Notes, name: char, polls: usize, end: End) -> Runner {
        let notes = notes.clone();
        let gone = Gone(notes.clone(), name.to_string());
        Box::new(move || {
            let _gone = gone;
            notes.push(format!("{name} sets off"));
            let run_gone = Gone(notes.clone(), format!("{name}'s run"));
            let (mut polled, mut trips) = (0, Trips(false));
            Box::pin(poll_fn(move |_| {
                polled += 1;
                run_gone.0.push(format!("{name} runs"));
                assert!(polled <= polls, "the run of {name} is polled after its end");
                match end {
                    _ if polled < polls => Poll::Pending,
                    End::Arrives(seconds) => Poll::Ready(Ok(seconds)),
                    End::Falls => Poll::Ready(Err(Fell("a stone"))),
                    End::Panics => panic!("this run panics on purpose"),
                    End::TripsLater => {
                        trips.later();
                        Poll::Ready(Ok(1))
                    }
                }
            }))
        })
    }

    /// What the statement says, and what a relay is compared with.
    async fn relay(runners: Vec<Runner>) -> Result<u32, Fell> {
        let mut seconds = 0;
        for runner in runners {
            seconds += runner().await?;
        }
        Ok(seconds)
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Makes a relay of these runners and polls it `polls` times, or until it is at its end. Then
    /// drops it. Returns what each poll said, and all notes.
    fn noted<F: Future<Output = Result<u32, Fell>>>(
        runners: &[(usize, End)],
        polls: usize,
        make: impl FnOnce(Vec<Runner>) -> F,
    ) -> Vec<String> {
        let notes = Notes::new();
        let names = 'A'..='Z';
        let runners = runners.iter().zip(names);
        let runners = runners.map(|(&(polls, end), name)| runner(&notes, name, polls, end));
        let mut future = Box::pin(make(runners.collect()));
        for _ in 0..polls {
            notes.push("a poll begins".to_owned());
            match catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))) {
                Ok(said) => notes.push(format!("it says {said:?}")),
                Err(_) => notes.push("it panics".to_owned()),
            }
        }
        notes.push("the relay is dropped".to_owned());
        drop(future);
        let mut notes = notes.events();
        // What is dropped in one go may be dropped in any order.
        let gone = |note: &String| note.ends_with("gone");
        notes.chunk_by_mut(|one, other| gone(one) && gone(other)).for_each(<[_]>::sort);
        notes
    }

    /// Compares both, dropped after each number of polls.
    fn compare(runners: &'static [(usize, End)], polls: usize) {
        for polls in 0..=polls {
            let (by_hand, expected) = within(LIMIT, move || {
                (noted(runners, polls, Relay::new), noted(runners, polls, relay))
            });
            let differs = by_hand.iter().zip(&expected).position(|(is, must)| is != must);
            let nth = differs.unwrap_or(by_hand.len().min(expected.len()));
            let (is, must) = (by_hand.get(nth), expected.get(nth));
            assert_eq!(is, must, "here it differs from the async fn, after {:?}", &expected[..nth]);
        }
    }

    use End::{Arrives, Falls, Panics, TripsLater};

    #[test]
    fn three_runners_run_one_after_the_other() {
        compare(&[(2, Arrives(61)), (1, Arrives(58)), (3, Arrives(60))], 4);
    }

    #[test]
    fn many_runners_who_need_not_wait_take_one_poll() {
        compare(&[(1, Arrives(3)); 26], 1);
        let (said, wakes, stack) = within(LIMIT, || {
            let places = Log::new();
            let runner = |_| {
                let places = places.clone();
                let set_off = move || -> Run {
                    let here = 0_u8;
                    places.push(std::ptr::from_ref(&here).addr());
                    Box::pin(std::future::ready(Ok(1)))
                };
                Box::new(set_off) as Runner
            };
            let mut relay = Box::pin(Relay::new((0..300).map(runner).collect()));
            let wakes = Arc::new(Wakes::default());
            let waker = Waker::from(Arc::clone(&wakes));
            let said = relay.as_mut().poll(&mut Context::from_waker(&waker));
            let places = places.events();
            let stack = places[0].abs_diff(places[places.len() - 1]);
            (said, wakes.0.load(Ordering::Relaxed), stack)
        });
        assert_eq!(said, Poll::Ready(Ok(300)), "what the first poll said");
        assert!(stack < 9_000, "300 runners took {stack} bytes of stack: poll calls itself");
        assert_eq!(wakes, 0, "wakes, though nobody waited");
    }

    #[test]
    fn without_runners_it_is_ready_at_once() {
        compare(&[], 1);
        let said = within(LIMIT, || poll(Pin::new(&mut Relay::new(Vec::new()))));
        assert_eq!(said, Poll::Ready(Ok(0)), "what the first poll said");
    }

    #[test]
    fn when_one_falls_nobody_else_sets_off() {
        compare(&[(1, Falls), (1, Arrives(58))], 1);
        compare(&[(2, Arrives(61)), (2, Falls), (3, Arrives(60)), (1, Arrives(1))], 3);
    }

    #[test]
    fn after_its_end_it_panics_and_nobody_runs() {
        compare(&[], 3);
        compare(&[(1, Arrives(61)), (2, Arrives(58))], 4);
        compare(&[(1, Arrives(61)), (2, Falls), (1, Arrives(1))], 4);
    }

    #[test]
    fn after_a_panic_it_panics_and_nobody_runs() {
        let notes = within(LIMIT, || {
            let runners = [(1, Arrives(61)), (2, Panics), (1, Arrives(1))];
            noted(&runners, 4, Relay::new)
        });
        let polls: Vec<_> = notes.iter().filter(|note| note.starts_with("it ")).collect();
        let expected = ["it says Pending", "it panics", "it panics", "it panics"];
        assert_eq!(
            polls, expected,
            "what four polls said, where the second run panics in the second"
        );
        let ran = notes.iter().filter(|note| note.ends_with("runs")).count();
        assert_eq!(ran, 3, "polls of runs: A's only one, and two of B's");
        assert!(!notes.contains(&"C sets off".to_owned()), "C set off after a panic");
        // What is left is dropped at once.
        compare(&[(1, Arrives(61)), (2, Panics), (1, Arrives(1))], 4);
        compare(&[(1, Arrives(61)), (2, TripsLater), (1, Arrives(1))], 4);
        // A sum that is too large is a panic as well, where sums are checked.
        compare(&[(1, Arrives(u32::MAX)), (2, Arrives(1)), (1, Arrives(1))], 4);
    }

    #[test]
    fn a_panic_that_is_not_its_own_does_not_end_it() {
        struct Unwinds<'a>(&'a mut Relay, &'a Log<bool>);
        impl Drop for Unwinds<'_> {
            fn drop(&mut self) {
                self.1.push(poll(Pin::new(&mut *self.0)).is_pending());
            }
        }
        let (pending, said) = within(LIMIT, || {
            let (notes, pending) = (Notes::new(), Log::new());
            let (first, second) =
                (runner(&notes, 'A', 2, Arrives(3)), runner(&notes, 'B', 2, Arrives(4)));
            let mut relay = Relay::new(vec![first, second]);
            let unwinds = AssertUnwindSafe(|| {
                let _unwinds = Unwinds(&mut relay, &pending);
                panic!("somebody else panics on purpose");
            });
            assert!(catch_unwind(unwinds).is_err());
            let polls = AssertUnwindSafe(|| [(); 2].map(|()| poll(Pin::new(&mut relay))));
            (pending.events(), catch_unwind(polls).ok())
        });
        assert_eq!(pending, [true], "whether the first poll, while somebody panicked, was Pending");
        let expected = Some([Poll::Pending, Poll::Ready(Ok(7))]);
        assert_eq!(said, expected, "what two more polls said; none if one of them panicked");
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_run_has_the_waker_of_the_poll() {
        within(LIMIT, || {
            let wakers = Log::new();
            let runner = || -> Runner {
                let (wakers, mut polls) = (wakers.clone(), 0);
                let run = poll_fn(move |cx: &mut Context<'_>| {
                    polls += 1;
                    wakers.push(cx.waker().clone());
                    if polls < 3 { Poll::Pending } else { Poll::Ready(Ok(1)) }
                });
                Box::new(|| Box::pin(run))
            };
            let mut relay = Relay::new(vec![runner(), runner()]);
            for nth in 1..=5 {
                let wakes = Arc::new(Wakes::default());
                let waker = Waker::from(Arc::clone(&wakes));
                let said = Pin::new(&mut relay).poll(&mut Context::from_waker(&waker));
                assert_eq!(said.is_ready(), nth == 5, "whether poll {nth} of 5 said Ready");
                assert_eq!(wakes.0.load(Ordering::Relaxed), 0, "no run asked for a poll");
                let last = wakers.events().pop().expect("a run was polled");
                last.wake();
                assert_eq!(
                    wakes.0.load(Ordering::Relaxed),
                    1,
                    "a run woke its waker in poll {nth}"
                );
            }
        });
    }

    #[test]
    fn it_is_written_by_hand() {
        let code = include_str!("relay_by_hand.rs").split("#[cfg(test)]").next();
        let code = code.unwrap_or_default().lines();
        let code = code.filter(|line| !line.trim_start().starts_with("//"));
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words = code.flat_map(|line| line.split(move |letter: char| !is_word(letter)));
        let bought = ["async", "await", "async_stream", "try_join_all", "FuturesOrdered"];
        let found: Vec<_> = words.filter(|word| bought.contains(word)).collect();
        assert!(found.is_empty(), "words of those who do not do it by hand: {found:?}");
    }
}
