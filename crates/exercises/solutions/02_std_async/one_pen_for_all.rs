// Many want to write in a visitors' book, and there is one pen. `Pen::take` returns a future: who
// awaits it gets the pen, and who drops `Held` lays it down. This is an async mutex, without the
// data. Write `poll` of `Take`, and both drops.
//
// What is wanted: nobody has the pen while somebody else has it. First come, first served: who was
// polled first is first, and who comes later does not overtake, not even while the pen lies there
// and the next has been woken, but not polled yet. When the pen is laid down, the latest waker of
// the next in the queue is woken once, and nobody else. Who gives up (`Take` is dropped) leaves the
// queue; if they had been woken by then, the next is woken in their place. Whoever is woken may
// take the pen at once, from within the wake. A `Take` that was never polled has no place in the
// queue.
//
// How it is judged: loom runs each test in every order in which two threads can take turns. So use
// `loom::sync`, as below; a test counts the orders. No poll waits. You may change what is in `Pen`,
// `Take`, `Held` and `Desk`.
//
// Lesson: chapter-02 channel

use loom::sync::{Arc, Mutex};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[derive(Clone)]
struct Pen {
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    /// Whether somebody has the pen.
    taken: bool,
    /// How many have come so far: the next one's number.
    came: u64,
    /// Those who wait, by their numbers.
    queue: BTreeMap<u64, Waker>,
}

struct Take {
    desk: Arc<Mutex<Desk>>,
    /// The place in the queue, from the first poll on.
    number: Option<u64>,
}

/// Whoever has this has the pen.
struct Held {
    desk: Arc<Mutex<Desk>>,
}

impl Pen {
    fn new() -> Pen {
        Pen { desk: Arc::new(Mutex::new(Desk::default())) }
    }

    fn take(&self) -> Take {
        Take { desk: Arc::clone(&self.desk), number: None }
    }
}

impl Future for Take {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        let shared = Arc::clone(&self.desk);
        let mut desk = shared.lock().expect("nobody panics with the lock");
        let number = *self.number.get_or_insert(desk.came);
        desk.came = desk.came.max(number + 1);
        let is_first = desk.queue.keys().next().is_none_or(|&first| first >= number);
        if desk.taken || !is_first {
            desk.queue.insert(number, cx.waker().clone());
            return Poll::Pending;
        }
        desk.queue.remove(&number);
        desk.taken = true;
        self.number = None;
        Poll::Ready(Held { desk: Arc::clone(&shared) })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        let was_first = desk.queue.keys().next() == Some(&number);
        desk.queue.remove(&number);
        // Who was first and found no time to take the pen had been woken for it.
        let next = if was_first && !desk.taken { desk.next() } else { None };
        drop(desk);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        desk.taken = false;
        let next = desk.next();
        // Whoever is woken may poll at once, and needs the lock.
        drop(desk);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Desk {
    /// The waker of the first in the queue, who stays there until the poll that takes the pen.
    fn next(&self) -> Option<Waker> {
        self.queue.values().next().cloned()
    }
}

fn main() {
    loom::model(|| {
        let pen = Pen::new();
        let Poll::Ready(held) = pin!(pen.take()).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("nobody has the pen, and the only one who asks must wait")
        };
        loom::thread::spawn(move || drop(held));
        drop(loom::future::block_on(pen.take()));
    });
    println!("in every order the next got the pen");
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom::sync::atomic::AtomicUsize as LoomUsize;
    use loom::thread;
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(120);

    /// Loom tries more orders than this, however the pen is made.
    const ORDERS: usize = 3;

    /// Somebody who wants the pen, and counts the wakes. The count is none of loom's: it only watches.
    struct Guest {
        take: Take,
        wakes: std::sync::Arc<Wakes>,
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    impl Guest {
        fn new(pen: &Pen) -> Guest {
            Guest { take: pen.take(), wakes: std::sync::Arc::default() }
        }

        /// Somebody who has come, and found the pen taken.
        fn waiting(pen: &Pen) -> Guest {
            let mut guest = Guest::new(pen);
            assert!(guest.poll().is_pending(), "somebody else has the pen");
            guest
        }

        fn poll(&mut self) -> Poll<Held> {
            let waker = Waker::from(std::sync::Arc::clone(&self.wakes));
            Pin::new(&mut self.take).poll(&mut Context::from_waker(&waker))
        }

        fn wakes(&self) -> usize {
            self.wakes.0.load(Relaxed)
        }
    }

    fn taken(pen: &Pen) -> Held {
        match Guest::new(pen).poll() {
            Poll::Ready(held) => held,
            Poll::Pending => panic!("nobody has the pen, and the only one who asks must wait"),
        }
    }

    fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
        within(LIMIT, || loom::model(model));
    }

    #[test]
    fn one_has_the_pen_at_a_time() {
        in_every_order(|| {
            let (pen, writing) = (Pen::new(), std::sync::Arc::new(LoomUsize::new(0)));
            let write = |pen: &Pen, writing: &LoomUsize| {
                // Who does not get it gives up.
                let Poll::Ready(held) = Guest::new(pen).poll() else { return };
                assert_eq!(writing.fetch_add(1, Relaxed), 0, "somebody else has the pen");
                writing.fetch_sub(1, Relaxed);
                drop(held);
            };
            let other = (pen.clone(), std::sync::Arc::clone(&writing));
            let guest = thread::spawn(move || write(&other.0, &other.1));
            write(&pen, &writing);
            guest.join().expect("the other has gone");
        });
    }

    #[test]
    fn whoever_waits_is_woken_in_every_order() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let laying = thread::spawn(move || drop(held));
            let mut guest = Guest::new(&pen);
            let first = guest.poll();
            let woken = guest.wakes();
            let second = if first.is_pending() && woken > 0 { guest.poll() } else { Poll::Pending };
            laying.join().expect("laying it down does not panic");
            if first.is_pending() {
                assert!(woken == 0 || second.is_ready(), "woken, and the pen did not lie there");
                assert_eq!(guest.wakes(), 1, "the pen lies there: wakes of the one who waits");
                assert!(second.is_ready() || guest.poll().is_ready(), "woken, and there is no pen");
            }
        });
    }

    #[test]
    fn loom_sees_the_lock() {
        let runs = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&runs);
        in_every_order(move || {
            counted.fetch_add(1, Relaxed);
            let pen = Pen::new();
            let held = taken(&pen);
            let laying = thread::spawn(move || drop(held));
            let mut guests = [Guest::new(&pen), Guest::new(&pen)];
            for guest in &mut guests {
                let _ = guest.poll();
            }
            laying.join().expect("laying it down does not panic");
        });
        let orders = runs.load(Relaxed);
        assert!(
            orders >= ORDERS,
            "loom tried {orders} orders only: it does not see what is shared"
        );
    }

    #[test]
    fn first_come_first_served() {
        in_every_order(|| {
            let pen = Pen::new();
            let mut held = taken(&pen);
            let mut guests: Vec<Guest> = (0..9).map(|_| Guest::waiting(&pen)).collect();
            // Who is polled again keeps the place.
            for nth in [3, 0, 8, 0, 5] {
                assert!(guests[nth].poll().is_pending(), "somebody else has the pen");
            }
            for nth in 0..9 {
                drop(held);
                let woken: Vec<usize> = guests.iter().map(Guest::wakes).collect();
                let expected: Vec<usize> = (0..9).map(|of| usize::from(of <= nth)).collect();
                assert_eq!(
                    woken,
                    expected,
                    "wakes of all nine, the pen was laid down {} times",
                    nth + 1
                );
                for (later, guest) in guests.iter_mut().enumerate().skip(nth + 1) {
                    assert!(guest.poll().is_pending(), "guest {later} overtakes guest {nth}");
                }
                held = match guests[nth].poll() {
                    Poll::Ready(held) => held,
                    Poll::Pending => panic!("guest {nth} is next, and does not get the pen"),
                };
            }
        });
    }

    #[test]
    fn nobody_overtakes_who_was_woken() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let mut first = Guest::waiting(&pen);
            drop(held);
            let mut late = Guest::new(&pen);
            assert!(late.poll().is_pending(), "the pen lies there for somebody who came before");
            let Poll::Ready(held) = first.poll() else { panic!("the first does not get the pen") };
            assert_eq!(
                (first.wakes(), late.wakes()),
                (1, 0),
                "wakes of the first and the late one"
            );
            drop(held);
            assert_eq!(
                (first.wakes(), late.wakes()),
                (1, 1),
                "wakes of the first and the late one"
            );
            assert!(late.poll().is_ready(), "it is the late one's turn");
        });
    }

    #[test]
    fn the_latest_waker_is_woken() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let mut guest = Guest::waiting(&pen);
            let old = std::mem::take(&mut guest.wakes);
            assert!(guest.poll().is_pending(), "somebody else has the pen");
            // Somebody who is not the first in the queue, too.
            let mut second = Guest::waiting(&pen);
            let seconds_old = std::mem::take(&mut second.wakes);
            assert!(second.poll().is_pending(), "somebody else has the pen");
            drop(held);
            assert_eq!(old.0.load(Relaxed), 0, "wakes of the waker of an earlier poll");
            assert_eq!(guest.wakes(), 1, "wakes of the waker of the latest poll");
            let Poll::Ready(held) = guest.poll() else { panic!("the first does not get the pen") };
            drop(held);
            assert_eq!(seconds_old.0.load(Relaxed), 0, "wakes of the second's earlier waker");
            assert_eq!(second.wakes(), 1, "wakes of the second's latest waker");
        });
    }

    #[test]
    fn of_hundreds_the_first_is_first() {
        within(LIMIT, || {
            let mut model = loom::model::Builder::new();
            // One thread, and one order, which is a long one.
            model.max_branches = 100_000;
            model.check(|| {
                let pen = Pen::new();
                let held = taken(&pen);
                let mut guests: Vec<Guest> = (0..300).map(|_| Guest::waiting(&pen)).collect();
                drop(held);
                let woken: Vec<usize> = (0..300).filter(|&nth| guests[nth].wakes() > 0).collect();
                assert_eq!(woken, [0], "who was woken, of 300");
                assert!(guests[299].poll().is_pending(), "the last overtakes the first");
                assert!(guests[0].poll().is_ready(), "the first does not get the pen");
            });
        });
    }

    #[test]
    fn a_panic_lays_it_down() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let (first, mut second) = (Guest::waiting(&pen), Guest::waiting(&pen));
            let panics = |it: Box<dyn Any>| {
                let unwinds = AssertUnwindSafe(move || {
                    let _it = it;
                    resume_unwind(Box::new("who writes panics on purpose"));
                });
                assert!(catch_unwind(unwinds).is_err());
            };
            panics(Box::new(held));
            assert_eq!(first.wakes(), 1, "wakes of the first, who had the pen has panicked");
            panics(Box::new(first));
            assert_eq!(second.wakes(), 1, "wakes of the second, the first has panicked as well");
            assert!(second.poll().is_ready(), "it is the second's turn");
        });
    }

    #[test]
    fn who_had_the_pen_is_not_in_the_queue() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let (mut first, mut second) = (Guest::waiting(&pen), Guest::waiting(&pen));
            drop(held);
            let Poll::Ready(held) = first.poll() else { panic!("the first does not get the pen") };
            drop(held);
            assert_eq!(second.wakes(), 1, "wakes of the second, the pen was laid down");
            // What is left of the first has nothing to do with the queue anymore.
            drop(first);
            assert_eq!(second.wakes(), 1, "wakes of the second, the first's `Take` is gone");
            assert!(second.poll().is_ready(), "it is the second's turn");
        });
    }

    #[test]
    fn who_gives_up_leaves_the_queue() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let [mut first, second, mut third] = [(); 3].map(|()| Guest::waiting(&pen));
            drop(pen.take());
            let given_up = std::sync::Arc::clone(&second.wakes);
            drop(second);
            assert_eq!((first.wakes(), third.wakes()), (0, 0), "woken, and somebody has the pen");
            drop(held);
            let Poll::Ready(held) = first.poll() else { panic!("the first does not get the pen") };
            drop(held);
            assert_eq!(given_up.0.load(Relaxed), 0, "wakes of somebody who has given up");
            assert_eq!(third.wakes(), 1, "the pen lies there: wakes of the one who waits");
            assert!(third.poll().is_ready(), "it is the third's turn");
        });
    }

    #[test]
    fn who_is_woken_and_gives_up_wakes_the_next() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let [first, second, mut third] = [(); 3].map(|()| Guest::waiting(&pen));
            drop(held);
            assert_eq!(first.wakes(), 1, "wakes of the first");
            drop(first);
            assert_eq!(
                second.wakes(),
                1,
                "the first was woken and has given up: wakes of the second"
            );
            assert_eq!(third.wakes(), 0, "wakes of the third");
            drop(second);
            assert_eq!(third.wakes(), 1, "the second has given up as well: wakes of the third");
            assert!(third.poll().is_ready(), "it is the third's turn");
        });
    }

    #[test]
    fn in_a_long_queue_each_who_gives_up_is_replaced() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let mut guests: Vec<Option<Guest>> =
                (0..9).map(|_| Some(Guest::waiting(&pen))).collect();
            drop(held);
            for nth in 0..8 {
                // Nobody but the one who was woken is waited for.
                let mut next = guests[nth].take().expect("everybody gives up once");
                assert!(nth % 2 == 0 || next.poll().is_ready(), "guest {nth} was woken, in vain");
                if nth == 2 {
                    let asks = guests[nth + 1].as_mut().expect("the next is still there");
                    assert!(asks.poll().is_pending(), "guest {} overtakes", nth + 1);
                    guests[8] = None;
                    assert_eq!(guests[nth + 1].as_ref().map_or(9, Guest::wakes), 0, "not the next");
                }
                drop(next);
                let woken = guests[nth + 1].as_ref().map_or(1, Guest::wakes);
                assert_eq!(woken, 1, "wakes of guest {}, guest {nth} is gone", nth + 1);
            }
        });
    }

    #[test]
    fn giving_up_and_laying_down_may_meet() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let (first, mut second) = (Guest::waiting(&pen), Guest::waiting(&pen));
            let giving_up = thread::spawn(move || drop(first));
            drop(held);
            giving_up.join().expect("giving up does not panic");
            assert_eq!(second.wakes(), 1, "the pen lies there: wakes of the one who waits");
            assert!(second.poll().is_ready(), "it is the second's turn");
        });
    }

    #[test]
    fn after_all_have_given_up_the_pen_lies_there() {
        in_every_order(|| {
            let pen = Pen::new();
            let held = taken(&pen);
            let guests = [(); 3].map(|()| Guest::waiting(&pen));
            drop(held);
            guests.into_iter().for_each(drop);
            drop(taken(&pen));
            drop(taken(&pen));
        });
    }

    /// In how many orders somebody got the pen while the wake that told them was not over yet.
    fn quick(gives_up: bool) -> usize {
        let quick = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&quick);
        in_every_order(move || {
            let pen = Pen::new();
            let held = taken(&pen);
            let first = gives_up.then(|| Guest::waiting(&pen));
            // Whoever is woken asks for the pen on another thread, which may be quick.
            let mut take = pen.take();
            let waiting = std::sync::Arc::new(std::sync::Mutex::new(None));
            let (woken, counted) =
                (std::sync::Arc::clone(&waiting), std::sync::Arc::clone(&counted));
            let wake = move || {
                let Some(mut take): Option<Take> = woken.lock().expect("no panic").take() else {
                    return;
                };
                let got = std::sync::Arc::new(AtomicUsize::new(0));
                let gets = std::sync::Arc::clone(&got);
                thread::spawn(move || {
                    let mut cx = Context::from_waker(Waker::noop());
                    let held = Pin::new(&mut take).poll(&mut cx);
                    assert!(held.is_ready(), "who was woken asks at once, and gets no pen");
                    gets.store(1, Relaxed);
                });
                thread::yield_now();
                counted.fetch_add(got.load(Relaxed), Relaxed);
            };
            let waker = exercises::hooked(|| (), wake);
            let waits = Pin::new(&mut take).poll(&mut Context::from_waker(&waker)).is_pending();
            assert!(waits, "somebody else has the pen");
            *waiting.lock().expect("no panic") = Some(take);
            drop(held);
            drop(first);
            let asks = waiting.lock().expect("no panic").is_none();
            assert!(asks, "the pen lies there, and the next was not woken");
        });
        quick.load(Relaxed)
    }

    #[test]
    fn a_wake_may_take_the_pen_at_once() {
        let locked = "whoever is woken has to wait until the wake is over: wake without the lock";
        assert!(quick(false) > 0, "{locked}");
        assert!(quick(true) > 0, "when somebody gives up, {locked}");
    }
}
