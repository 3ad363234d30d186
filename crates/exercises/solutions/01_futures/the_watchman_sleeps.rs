// A watchman has one future to look after. He polls it and sleeps until somebody wakes him; then he
// polls it again, until it is ready. Write him by hand, with the standard library alone.
//
// What is wanted: he polls once in the beginning, and after that only if he was woken since his
// last poll began: once, however often it was. A wake may come from any thread, also in a poll.
// While he waits he sleeps. The future may do with its thread what it likes: park it, unpark it, or
// run another watchman. Each watchman hears the wakes of his own future only, and only while he
// works. The future may be of any type: it need not be `Send`, `Unpin`, or own what it uses.
//
// How it is judged: polls and wakes are counted, and the processor time. Futures wake in their own
// poll, use up the thread's token, and are woken when it is too late. Your code is searched for
// names of crates.
//
// Lesson: chapter-01 block-on

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use std::sync::atomic::{AtomicBool, Ordering};

/// Wakes one watchman: the one who made it.
struct Bell {
    /// Whether it rang since the last poll began.
    rung: AtomicBool,
    thread: Thread,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { rung: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // The token may be from somebody else, or gone: only the flag counts.
        while !bell.rung.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let mut polls = 0;
        let bell = std::future::poll_fn(|cx| {
            polls += 1;
            println!("poll {polls}");
            if polls == 3 {
                return Poll::Ready("all is quiet");
            }
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(std::time::Duration::from_millis(20));
                waker.wake();
            });
            Poll::Pending
        });
        println!("{}", block_on(bell));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::cell::{Cell, RefCell};
    use std::future::poll_fn;
    use std::marker::PhantomPinned;
    use std::mem::take;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::task::{Poll, Waker};
    use std::thread;
    use std::time::Duration;
    use witness::{polls, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// Brings the news that a future waits for, and wakes it.
    struct News {
        come: Arc<AtomicUsize>,
        waker: Waker,
    }

    impl News {
        fn come(self) {
            self.come.fetch_add(1, Ordering::SeqCst);
            self.waker.wake();
        }

        /// Comes from another thread, after a moment.
        fn come_later(self, moment: Duration) {
            thread::spawn(move || {
                thread::sleep(moment);
                self.come();
            });
        }
    }

    /// Waits for news, `times` times. `wait` is called once for each, in a poll.
    fn waits<'a>(times: usize, mut wait: impl FnMut(News) + 'a) -> impl Future<Output = ()> + 'a {
        let (come, mut asked) = (Arc::new(AtomicUsize::new(0)), 0);
        poll_fn(move |cx| {
            let had = come.load(Ordering::SeqCst);
            if had == times {
                return Poll::Ready(());
            }
            if asked == had {
                asked += 1;
                wait(News { come: Arc::clone(&come), waker: cx.waker().clone() });
            }
            Poll::Pending
        })
    }

    /// Has the watchman look after such a future. Returns the polls: one more than `times` if he
    /// polled only when he was woken.
    fn polled(times: usize, wait: impl FnMut(News)) -> usize {
        let (future, polls) = polls(waits(times, wait));
        block_on(future);
        polls.count()
    }

    #[test]
    fn what_is_ready_is_polled_once() {
        let (output, polls) = within(LIMIT, || {
            let (future, polls) = polls(async { 7 });
            (block_on(future), polls.count())
        });
        assert_eq!((output, polls), (7, 1), "its output, and the polls");
    }

    #[test]
    fn any_future_is_good_enough() {
        let sum = within(LIMIT, || {
            let list = RefCell::new(vec![1, 2]);
            let future = async {
                let (three, _pinned) = (Rc::new(3), PhantomPinned);
                waits(1, News::come).await;
                list.borrow_mut().push(*three);
                list.borrow().iter().sum::<i32>()
            };
            block_on(future)
        });
        assert_eq!(sum, 6, "what the future made of what it borrows");
    }

    #[test]
    fn a_wake_during_a_poll_is_heard() {
        let polls = within(LIMIT, || polled(40, News::come));
        assert_eq!(polls, 41, "the first poll, and 40 that were asked for in the one before");
    }

    #[test]
    fn many_wakes_are_one_poll() {
        let polls = within(LIMIT, || {
            let (come, mut polls) = (Arc::new(AtomicUsize::new(0)), 0);
            block_on(poll_fn(|cx| {
                polls += 1;
                if come.load(Ordering::SeqCst) > 0 {
                    return Poll::Ready(polls);
                }
                let news = News { come: Arc::clone(&come), waker: cx.waker().clone() };
                if polls == 1 {
                    // Twelve wakes without news.
                    (0..9).for_each(|_| news.waker.wake_by_ref());
                    let wakers: Vec<_> = (0..3).map(|_| news.waker.clone()).collect();
                    let wake_all = move || wakers.into_iter().for_each(Waker::wake);
                    thread::spawn(wake_all).join().expect("a wake does not panic");
                } else if polls == 2 {
                    news.come_later(Duration::from_millis(50));
                }
                Poll::Pending
            }))
        });
        assert_eq!(polls, 3, "the first poll, one for twelve wakes, and one for the last wake");
    }

    #[test]
    fn a_parked_or_unparked_thread_changes_nothing() {
        let polls = within(LIMIT, || {
            polled(2, |news| {
                // Not a wake: nobody asks for a poll.
                thread::current().unpark();
                news.come_later(Duration::from_millis(30));
            })
        });
        assert_eq!(polls, 3, "polls of a future that unparks its own thread");
        let polls = within(LIMIT, || {
            polled(2, |news| {
                let watchman = thread::current();
                thread::spawn(move || {
                    for _ in 0..5 {
                        watchman.unpark();
                        thread::sleep(Duration::from_millis(4));
                    }
                    news.come();
                });
            })
        });
        assert_eq!(polls, 3, "polls, with a thread that is unparked while he waits");
        let polls = within(LIMIT, || {
            polled(2, |news| {
                news.come();
                // It takes the token that the wake may have left.
                thread::park_timeout(Duration::from_millis(5));
            })
        });
        assert_eq!(polls, 3, "polls of a future that wakes and then parks its thread");
    }

    #[test]
    fn a_watchman_may_run_another() {
        let (outer, inner) = within(LIMIT, || {
            let inner = Cell::new(0);
            let outer = polled(1, |news| {
                // The outer one is woken before the inner one is at its end.
                news.come();
                inner.set(polled(2, |news| news.come_later(Duration::from_millis(10))));
            });
            (outer, inner.get())
        });
        assert_eq!((outer, inner), (2, 3), "polls of the outer future and of the inner one");
    }

    #[test]
    fn a_wake_that_comes_too_late_is_nobodys_wake() {
        let (first, second) = within(LIMIT, || {
            let kept = RefCell::new(None);
            let first = polled(1, |news| {
                kept.replace(Some(news.waker.clone()));
                news.come();
            });
            let late = kept.take().expect("the first future was polled");
            late.wake_by_ref();
            let second = polled(2, |news| {
                // Of the future before: it is no wake of this one.
                late.wake_by_ref();
                news.come_later(Duration::from_millis(30));
            });
            (first, second)
        });
        assert_eq!((first, second), (2, 3), "polls of the first future, and of the one after it");
    }

    #[test]
    fn each_watchman_hears_his_own_future() {
        let (before, after) = within(LIMIT, || {
            let (news, to_come) = mpsc::channel();
            let (quiet, quiet_polls) = polls(waits(1, move |it| {
                news.send(it).expect("the test listens");
            }));
            // One whom nobody wakes, beside one who is woken often.
            let before = thread::scope(|scope| {
                scope.spawn(|| block_on(quiet));
                let to_come: News = to_come.recv().expect("it was polled");
                polled(9, |news| news.come_later(Duration::from_millis(2)));
                let before = quiet_polls.count();
                to_come.come();
                before
            });
            (before, quiet_polls.count())
        });
        assert_eq!(before, 1, "polls of a future that nobody woke, beside one that was woken");
        assert_eq!(after, 2, "its polls when it had been woken");
    }

    #[test]
    fn a_wake_at_any_moment_is_heard() {
        let polls = within(LIMIT, || {
            // The other thread wakes at once: now before he sleeps, now when he does.
            let (sender, to_come) = mpsc::channel::<News>();
            let other = thread::spawn(move || to_come.into_iter().for_each(News::come));
            let polls = polled(600, |news| sender.send(news).expect("the other thread listens"));
            drop(sender);
            other.join().expect("a wake does not panic");
            polls
        });
        assert_eq!(polls, 601, "the first poll, and one for each wake of another thread");
    }

    #[test]
    fn a_panic_comes_through() {
        let (panicked, polls) = within(LIMIT, || {
            let future = async {
                waits(1, News::come).await;
                panic!("this future panics on purpose");
            };
            let panicked = catch_unwind(AssertUnwindSafe(|| block_on(future))).is_err();
            (panicked, polled(2, News::come))
        });
        assert!(panicked, "the future panicked, and nobody was told");
        assert_eq!(polls, 3, "polls of the next future");
    }

    #[test]
    fn he_sleeps_while_he_waits() {
        let (rest, polls) = within(LIMIT, || {
            let (watchman, (tell, told)) = (Effort::of_this_thread(), mpsc::channel());
            let mut first = true;
            let polls = polled(2, |news| {
                // First a wake at once: what is left of it must keep nobody awake later.
                if take(&mut first) {
                    return news.come_later(Duration::ZERO);
                }
                let (watchman, tell) = (watchman.clone(), tell.clone());
                thread::spawn(move || {
                    let quiet = watchman.asleep();
                    thread::sleep(Duration::from_millis(600));
                    let _ = tell.send(quiet.rest());
                    news.come();
                });
            });
            (told.recv().expect("the news has come, and this was told before"), polls)
        });
        assert!(rest.slept_on(), "he looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "he woke again and again, and nobody had woken him: {rest:?}");
        assert_eq!(polls, 3, "the first poll, and one for each of two wakes");
    }

    #[test]
    fn he_is_written_by_hand() {
        let code = include_str!("the_watchman_sleeps.rs").split("#[cfg(test)]").next();
        let code = code.unwrap_or_default().lines();
        let code = code.filter(|line| !line.trim_start().starts_with("//"));
        let words = code.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric()));
        let crates = ["futures", "tokio", "loom", "rayon", "pollster", "smol"];
        let found: Vec<_> = words.filter(|word| crates.contains(word)).collect();
        assert!(found.is_empty(), "names of crates that do it for you: {found:?}");
    }
}
