// A class of futures. `all` returns what each of them returns, in their order, as `join_all` of the
// crate futures does. But this teacher asks nobody who has not raised a hand: the first poll asks
// every child, and each later poll asks those who were woken since the poll before, each once, and
// nobody else. So each child gets a waker of its own, which remembers who was woken.
//
// What is wanted: a wake of any child wakes the whole, with the waker of its latest poll (once until
// it is polled is enough), and no lock is held then. A wake may come from any thread at any time,
// also while children are asked, or when the child or the whole has ended. A child that wakes itself
// while it is asked is asked again in the next poll, and not in this one. A child that has ended is
// never asked again.
// The standard library is enough: `Wake` makes a waker of an `Arc`.
//
// How it is judged: a thousand children note when they are asked. Some are woken while the waker of
// the whole is being cloned, some by whoever was woken. Your code, without its comments, is searched
// for these words: `join_all`, `FuturesUnordered`, `FuturesOrdered`, `JoinSet`, `LocalPool`, and those
// that begin with `buffer`.
//
// Lesson: chapter-01 executor

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Who has raised a hand, and whom to tell.
struct Hands {
    up: Vec<usize>,
    whole: Option<Waker>,
}

struct Child {
    nth: usize,
    hands: Arc<Mutex<Hands>>,
}

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let mut hands = self.hands.lock().expect("nobody panics here");
        if !hands.up.contains(&self.nth) {
            hands.up.push(self.nth);
        }
        let whole = hands.whole.clone();
        drop(hands);
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let hands = Arc::new(Mutex::new(Hands { up: (0..children.len()).collect(), whole: None }));
    let child = |nth| Waker::from(Arc::new(Child { nth, hands: Arc::clone(&hands) }));
    let wakers: Vec<Waker> = (0..children.len()).map(child).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    let mut left = children.len();
    poll_fn(|cx| {
        let up = {
            let mut hands = hands.lock().expect("nobody panics here");
            // Before the hands are taken, under one lock: who comes later wakes this one.
            hands.whole = Some(cx.waker().clone());
            std::mem::take(&mut hands.up)
        };
        for nth in up {
            if outputs[nth].is_some() {
                continue;
            }
            let mut cx = Context::from_waker(&wakers[nth]);
            if let Poll::Ready(output) = children[nth].as_mut().poll(&mut cx) {
                outputs[nth] = Some(output);
                left -= 1;
            }
        }
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().map(|output| output.expect("all have ended")).collect()
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let child = |nth: u64| async move {
            let (sender, news) = futures::channel::oneshot::channel();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(40 - 10 * nth));
                sender.send(nth * nth)
            });
            let square = news.await.expect("it is sent");
            println!("child {nth} has an answer");
            square
        };
        println!("{:?}", futures::executor::block_on(all((0..4).map(child).collect())));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, mpsc};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(40);

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wakes {
        fn count(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Children who note when they are asked, and leave their wakers. A child ends when `ends` says
    /// so, and returns its number.
    #[derive(Clone)]
    struct Class {
        asked: Log<usize>,
        wakers: Rc<RefCell<Vec<Option<Waker>>>>,
        ends: Rc<RefCell<Vec<bool>>>,
    }

    impl Class {
        fn new(children: usize) -> Class {
            Class {
                asked: Log::new(),
                wakers: Rc::new(RefCell::new(vec![None; children])),
                ends: Rc::new(RefCell::new(vec![false; children])),
            }
        }

        /// The children. Each calls `and` whenever it is asked.
        fn children<A: Fn(usize, &Waker) + Clone>(
            &self,
            and: A,
        ) -> Vec<impl Future<Output = usize> + use<A>> {
            let child = |nth: usize| {
                let (class, and, mut ended) = (self.clone(), and.clone(), false);
                poll_fn(move |cx: &mut Context<'_>| {
                    class.asked.push(nth);
                    assert!(!ended, "child {nth} was asked after its end");
                    class.wakers.borrow_mut()[nth] = Some(cx.waker().clone());
                    and(nth, cx.waker());
                    ended = class.ends.borrow()[nth];
                    if ended { Poll::Ready(nth) } else { Poll::Pending }
                })
            };
            let children = self.ends.borrow().len();
            (0..children).map(child).collect()
        }

        /// Wakes a child from outside.
        fn wake(&self, nth: usize) {
            let waker = self.wakers.borrow()[nth].clone();
            waker.expect("it was asked, and left a waker").wake();
        }

        /// The same, and it ends when it is asked.
        fn end(&self, nth: usize) {
            self.ends.borrow_mut()[nth] = true;
            self.wake(nth);
        }

        /// Who was asked since the last call, in the order of their numbers.
        fn asked(&self, before: &mut usize) -> Vec<usize> {
            let mut asked = self.asked.events().split_off(*before);
            *before += asked.len();
            asked.sort();
            asked
        }
    }

    fn poll<F: Future>(whole: &mut Pin<Box<F>>, wakes: &Arc<Wakes>) -> Poll<F::Output> {
        whole.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(wakes))))
    }

    #[test]
    fn only_those_with_a_hand_up_are_asked() {
        within(LIMIT, || {
            const CHILDREN: usize = 1_301;
            let (class, wakes, mut before) = (Class::new(CHILDREN), Arc::default(), 0);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            assert!(poll(&mut whole, &wakes).is_pending(), "no child has ended");
            let everybody: Vec<_> = (0..CHILDREN).collect();
            assert_eq!(class.asked(&mut before), everybody, "asked in the first poll");
            assert_eq!(wakes.count(), 0, "wakes of the whole, and no child was woken");
            for hands in [&[7][..], &[], &[31, 7], &[0, 1_300, 20, 3, 16, 64], &[]] {
                hands.iter().for_each(|&nth| class.wake(nth));
                assert!(poll(&mut whole, &wakes).is_pending(), "no child has ended");
                let mut hands = hands.to_vec();
                hands.sort();
                assert_eq!(class.asked(&mut before), hands, "asked; those with a hand up");
            }
        });
    }

    #[test]
    fn a_hand_that_is_raised_twice_is_one_hand() {
        within(LIMIT, || {
            let (class, wakes, mut before) = (Class::new(9), Arc::default(), 0);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            let _ = poll(&mut whole, &wakes);
            class.asked(&mut before);
            for nth in [4, 4, 2, 4, 2] {
                class.wake(nth);
            }
            let _ = poll(&mut whole, &wakes);
            assert_eq!(class.asked(&mut before), [2, 4], "asked; 4 was woken three times, 2 twice");
        });
    }

    #[test]
    fn the_answers_come_in_the_order_of_the_children() {
        within(LIMIT, || {
            for children in [0, 1, 3, 40] {
                let (class, wakes) = (Class::new(children), Arc::default());
                let mut whole = Box::pin(all(class.children(|_, _| ())));
                let mut polled = poll(&mut whole, &wakes);
                // Some of them end together, the last ones first.
                for nth in (0..children).rev() {
                    class.end(nth);
                    if nth % 3 == 0 {
                        polled = poll(&mut whole, &wakes);
                    }
                    assert!(nth == 0 || polled.is_pending(), "child 0 has not ended");
                }
                let expected = Poll::Ready((0..children).collect::<Vec<_>>());
                assert_eq!(polled, expected, "when all {children} children had ended");
                let asked = class.asked.len();
                assert_eq!(asked, 2 * children, "asked: each child once, and at its end");
            }
            let ready = (0..9).map(std::future::ready).collect();
            let polled = poll(&mut Box::pin(all(ready)), &Arc::default());
            assert_eq!(polled, Poll::Ready((0..9).collect()), "all were ready in the first poll");
        });
    }

    #[test]
    fn a_wake_of_a_child_wakes_the_latest_waker() {
        within(LIMIT, || {
            let class = Class::new(9);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            let (first, second, third) = (Arc::default(), Arc::default(), Arc::default());
            let _ = poll(&mut whole, &first);
            class.wake(5);
            assert_eq!(first.count(), 1, "wakes of the whole after child 5 was woken");
            let _ = poll(&mut whole, &second);
            class.wake(6);
            assert_eq!((first.count(), second.count()), (1, 1), "wakes of the old waker, the new");
            // A poll in which nobody is asked brings a new waker, too.
            let _ = poll(&mut whole, &third);
            let before = [first.count(), second.count()];
            let _ = poll(&mut whole, &third);
            class.wake(3);
            let after = [first.count(), second.count()];
            assert_eq!(before, after, "wakes of wakers that are not the latest");
            assert_eq!(third.count(), 1, "wakes of the latest, after child 3 was woken");
        });
    }

    #[test]
    fn who_wakes_itself_is_asked_in_the_next_poll() {
        within(LIMIT, || {
            let (class, wakes, mut before) = (Class::new(9), Arc::default(), 0);
            let wakes_itself = |nth, waker: &Waker| {
                if nth == 4 {
                    waker.wake_by_ref();
                }
            };
            let mut whole = Box::pin(all(class.children(wakes_itself)));
            let _ = poll(&mut whole, &wakes);
            class.asked(&mut before);
            for nth in 1..=5 {
                assert!(wakes.count() >= nth, "child 4 woke itself, and the whole was not woken");
                let _ = poll(&mut whole, &wakes);
                assert_eq!(class.asked(&mut before), [4], "asked in poll {nth} after the first");
            }
            class.end(4);
            let _ = poll(&mut whole, &wakes);
            assert_eq!(class.asked(&mut before), [4], "asked when it ended");
            let _ = poll(&mut whole, &wakes);
            assert_eq!(class.asked(&mut before), [], "asked after it woke itself and ended");
        });
    }

    #[test]
    fn a_child_may_wake_another_while_it_is_asked() {
        within(LIMIT, || {
            let (class, wakes, mut before) = (Class::new(9), Arc::default(), 0);
            let (other, passes) = (class.clone(), Rc::new(RefCell::new(vec![])));
            let to_pass = Rc::clone(&passes);
            let wakes_another = move |_, _: &Waker| {
                let next = to_pass.borrow_mut().pop();
                if let Some(next) = next {
                    other.wake(next);
                }
            };
            let mut whole = Box::pin(all(class.children(wakes_another)));
            let _ = poll(&mut whole, &wakes);
            class.asked(&mut before);
            // 5 wakes 1, and 1 wakes 7: in this poll or in those that follow.
            passes.borrow_mut().extend([7, 1]);
            class.wake(5);
            let mut polls = 0;
            while polls < wakes.count() && polls < 9 {
                polls += 1;
                let _ = poll(&mut whole, &wakes);
            }
            assert_eq!(class.asked(&mut before), [1, 5, 7], "asked while there were wakes");
        });
    }

    #[test]
    fn a_wake_that_comes_too_late_does_nothing() {
        within(LIMIT, || {
            let (class, wakes, mut before) = (Class::new(9), Arc::default(), 0);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            let _ = poll(&mut whole, &wakes);
            class.end(3);
            let _ = poll(&mut whole, &wakes);
            class.asked(&mut before);
            class.wake(3);
            let _ = poll(&mut whole, &wakes);
            assert_eq!(class.asked(&mut before), [], "asked, when a child was woken after its end");
            for nth in [0, 1, 2, 4, 5, 6, 7, 8] {
                class.end(nth);
            }
            assert!(poll(&mut whole, &wakes).is_ready(), "all have ended");
            class.wake(8);
            drop(whole);
            class.wake(8);
        });
    }

    #[test]
    fn a_hand_that_goes_up_while_the_waker_is_kept_is_seen() {
        within(LIMIT, || {
            let class = Class::new(9);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            let _ = poll(&mut whole, &Arc::default());
            // In the second poll, the first clone has another thread wake child 6. If the poll
            // holds a lock, the wake is there after it; if not, here and now.
            let child = class.wakers.borrow()[6].clone();
            let (child, begun) = (child.expect("it was asked"), AtomicBool::new(false));
            let (sender, waking) = mpsc::channel();
            let woken = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&woken);
            let cloned = move || {
                if begun.swap(true, Ordering::SeqCst) {
                    return;
                }
                let (child, (done, woke)) = (child.clone(), mpsc::channel());
                let waking = thread::spawn(move || {
                    child.wake();
                    let _ = done.send(());
                });
                let _ = woke.recv_timeout(Duration::from_millis(500));
                let _ = sender.send(waking);
            };
            let waker = exercises::hooked(cloned, move || {
                counted.fetch_add(1, Ordering::SeqCst);
            });
            let _ = whole.as_mut().poll(&mut Context::from_waker(&waker));
            let Ok(waking) = waking.try_recv() else { panic!("nobody kept the latest waker") };
            waking.join().expect("it wakes");
            let asked = class.asked.events().split_off(9);
            let heard = asked == [6] || woken.load(Ordering::SeqCst) > 0;
            assert!(heard, "child 6 was woken while the waker was kept: the whole waits forever");
        });
    }

    #[test]
    fn whoever_is_woken_may_wake_a_child_at_once() {
        within(LIMIT, || {
            let (class, mut before) = (Class::new(9), 0);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            let _ = poll(&mut whole, &Arc::default());
            let child = class.wakers.borrow()[2].clone().expect("it was asked");
            let woken = AtomicBool::new(false);
            let wakes_a_child = move || {
                if !woken.swap(true, Ordering::SeqCst) {
                    child.wake_by_ref();
                }
            };
            let waker = exercises::hooked(|| (), wakes_a_child);
            let _ = whole.as_mut().poll(&mut Context::from_waker(&waker));
            class.asked(&mut before);
            class.wake(8);
            let _ = whole.as_mut().poll(&mut Context::from_waker(&waker));
            assert_eq!(class.asked(&mut before), [2, 8], "asked; 2 was woken by who was woken");
        });
    }

    #[test]
    fn while_the_whole_is_woken_it_may_be_polled() {
        let polled_in_time = within(LIMIT, || {
            let class = Class::new(9);
            let mut whole = Box::pin(all(class.children(|_, _| ())));
            // Whoever is woken waits until the whole has been polled once more.
            let (woken, news) = mpsc::channel();
            let (polls, polled) = mpsc::channel();
            let polled = Mutex::new(polled);
            let in_time = Arc::new(AtomicBool::new(false));
            let was_polled = Arc::clone(&in_time);
            let waits = move || {
                let _ = woken.send(());
                let polled = polled.lock().map(|it| it.recv_timeout(LIMIT / 3));
                was_polled.store(matches!(polled, Ok(Ok(()))), Ordering::SeqCst);
            };
            let waker = exercises::hooked(|| (), waits);
            let _ = whole.as_mut().poll(&mut Context::from_waker(&waker));
            let child = class.wakers.borrow()[4].clone().expect("it was asked");
            let waking = thread::spawn(move || child.wake());
            news.recv().expect("a wake of a child wakes the whole");
            let _ = poll(&mut whole, &Arc::default());
            let _ = polls.send(());
            waking.join().expect("a wake does not panic");
            in_time.load(Ordering::SeqCst)
        });
        assert!(polled_in_time, "a poll waited for a lock, until the wake of the whole was over");
    }

    #[test]
    fn wakes_of_other_threads_are_all_heard() {
        const ROUNDS: usize = 100;
        let answers = within(LIMIT, || {
            // Two threads wake children as fast as they can.
            let (senders, threads): (Vec<_>, Vec<_>) = [(); 2]
                .map(|()| {
                    let (sender, wakers) = mpsc::channel::<Waker>();
                    (sender, thread::spawn(move || wakers.into_iter().for_each(Waker::wake)))
                })
                .into_iter()
                .unzip();
            let child = |nth: usize| {
                let (sender, mut polls) = (senders[nth % 2].clone(), 0);
                poll_fn(move |cx: &mut Context<'_>| {
                    polls += 1;
                    if polls > ROUNDS {
                        return Poll::Ready(polls);
                    }
                    sender.send(cx.waker().clone()).expect("a thread wakes");
                    Poll::Pending
                })
            };
            let answers = futures::executor::block_on(all((0..9).map(child).collect()));
            drop(senders);
            threads.into_iter().for_each(|it| it.join().expect("a wake does not panic"));
            answers
        });
        let polls = answers.iter().max().copied();
        assert_eq!(polls, Some(ROUNDS + 1), "polls of a child, one for each wake");
    }

    #[test]
    fn it_is_written_by_hand() {
        let code = include_str!("raised_hands.rs").split("#[cfg(test)]").next();
        let code = code.unwrap_or_default().lines();
        let code = code.filter(|line| !line.trim_start().starts_with("//"));
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words = code.flat_map(|line| line.split(move |letter: char| !is_word(letter)));
        let bought = ["join_all", "FuturesUnordered", "FuturesOrdered", "JoinSet", "LocalPool"];
        let is_bought = |word: &&str| bought.contains(word) || word.starts_with("buffer");
        let found: Vec<_> = words.filter(is_bought).collect();
        assert!(found.is_empty(), "what does it for you: {found:?}");
    }
}
