// A hotel has one night porter for all wake-up calls. Write `keep_watch`, what the porter does on
// the one thread, and the `poll` of `Call`, the future of one guest.
//
// What is wanted: whoever polled last is woken once, at the deadline and not before. The porter
// naps, and gets up only when a call is due or the bell rings: no short naps to see what is new. No
// bell is missed. Calls that are due together are made in the order of the book. Whoever is woken may
// use the book at once, from within the wake.
//
// How it is judged: who was woken, by which thread, in which order; how often the porter looked and
// got up. Some calls are an hour away: nobody waits for those. In one test the
// bell rings as soon as the porter lets go of the book.
//
// Lesson: chapter-02 tasks

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
    /// Rung when the porter may have to get up earlier.
    bell: Condvar,
}

#[derive(Default)]
struct Book {
    /// Whom to wake when, the earliest first. The guest's number tells equal deadlines apart.
    calls: BTreeMap<(Instant, u64), Waker>,
    /// How often `due` was called.
    looks: usize,
}

impl Book {
    /// Takes out whom to wake by now. All others stay in `calls`.
    fn due(&mut self, now: Instant) -> Vec<Waker> {
        self.looks += 1;
        let later = self.calls.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.calls, later).into_values().collect()
    }
}

impl Desk {
    /// Wakes whoever is due, and naps in between, all night.
    fn keep_watch(&self) {
        // TODO: wake whoever is due; then nap until the next deadline, or until the bell rings.
    }
}

struct Call {
    desk: Arc<Desk>,
    key: (Instant, u64),
}

impl Future for Call {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }

        // TODO: write the call into the book. Does the porter nap too long now?
        Poll::Pending
    }
}

fn main() {
    let desk = Arc::new(Desk::default());
    let key = (Instant::now() + Duration::from_millis(20), 1);
    let call = Call { desk: Arc::clone(&desk), key };
    thread::spawn(move || desk.keep_watch());
    witness::within(Duration::from_secs(5), || futures::executor::block_on(call));
    println!("the guest is awake");
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, ThreadId};
    use std::time::{Duration, Instant};
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// The guest's number, who woke, whether it was time, and how often the porter had looked.
    type Woken = (u64, ThreadId, bool, usize);

    struct Guest(Arc<Desk>, (Instant, u64), Sender<Woken>);

    impl Wake for Guest {
        fn wake(self: Arc<Self>) {
            let Guest(desk, (deadline, number), sender) = &*self;
            let looks = desk.book.lock().expect("nobody panics with the book").looks;
            let in_time = Instant::now() >= *deadline;
            let _ = sender.send((*number, thread::current().id(), in_time, looks));
        }
    }

    fn desk() -> (Arc<Desk>, Sender<Woken>, Receiver<Woken>) {
        let (sender, woken) = mpsc::channel();
        (Arc::default(), sender, woken)
    }

    fn night_falls(desk: &Arc<Desk>) {
        let porter = Arc::clone(desk);
        thread::spawn(move || porter.keep_watch());
    }

    /// A call, polled by somebody else and then by its guest. `None`: it was time already.
    fn asleep(desk: &Arc<Desk>, key: (Instant, u64), sender: &Sender<Woken>) -> Option<Call> {
        let mut call = Call { desk: Arc::clone(desk), key };
        let guest = Waker::from(Arc::new(Guest(Arc::clone(desk), key, sender.clone())));
        let waits = poll(&mut call, Waker::noop()).is_pending();
        (waits && poll(&mut call, &guest).is_pending()).then_some(call)
    }

    fn poll(call: &mut Call, waker: &Waker) -> Poll<()> {
        Pin::new(call).poll(&mut Context::from_waker(waker))
    }

    fn after(millis: u64) -> Instant {
        Instant::now() + Duration::from_millis(millis)
    }

    #[test]
    fn one_porter_wakes_who_polled_last_and_in_time() {
        within(LIMIT, || {
            let ((desk, sender, woken), end, mut porter) = (desk(), after(400), None);
            night_falls(&desk);
            // The last to come has the earliest call.
            let key = |n| (end - Duration::from_millis(10 * n), n);
            let calls = (0..20).map(|n| asleep(&desk, key(n), &sender));
            let calls: Vec<Call> = calls.flatten().collect();
            for mut call in calls.into_iter().rev() {
                let (number, by, in_time, _) = woken.recv_timeout(PATIENCE).expect("all sleep on");
                assert_eq!(number, call.key.1, "in the order of the deadlines");
                assert!(in_time, "woken before the deadline");
                assert_eq!(*porter.get_or_insert(by), by, "woken by another thread");
                assert!(poll(&mut call, Waker::noop()).is_ready());
            }
            assert!(woken.try_recv().is_err(), "a guest was woken twice");
        });
    }

    #[test]
    fn calls_that_are_due_together_come_in_the_order_of_the_book() {
        let order = within(LIMIT, || {
            let ((desk, sender, woken), now, late) = (desk(), Instant::now(), after(50));
            // Written down before the night: all are due at the first look, three of them at one time.
            let earlier = |micros| now.checked_sub(Duration::from_micros(micros)).unwrap_or(now);
            let keys = (1..=40).map(|n| (earlier(if n < 4 { 7_000 } else { 100 * (50 - n) }), n));
            // One more is due while the first is being woken.
            for key in keys.chain([(late, 41)]).rev() {
                let guest = Arc::new(Guest(Arc::clone(&desk), key, sender.clone()));
                let takes_long = move || {
                    while key.1 == 1 && Instant::now() < late {
                        thread::sleep(Duration::from_millis(1));
                    }
                    Arc::clone(&guest).wake();
                };
                let guest = exercises::hooked(|| (), takes_long);
                desk.book.lock().expect("nobody panics with the book").calls.insert(key, guest);
            }
            night_falls(&desk);
            let woken = (1..=41).map_while(|_| woken.recv_timeout(PATIENCE).ok());
            woken.map(|woken| woken.0).collect::<Vec<_>>()
        });
        assert_eq!(order, (1..=41).collect::<Vec<_>>(), "the guests, as they were woken");
    }

    #[test]
    fn the_porter_naps_between_the_calls() {
        within(LIMIT, || {
            let (desk, sender, woken) = desk();
            night_falls(&desk);
            // On a busy machine it may be time before the call was made: then there is another.
            let call =
                (1..=5).find_map(|number| asleep(&desk, (after(400 * number), number), &sender));
            let call = call.expect("nobody can get at the book while the porter looks into it");
            let (.., looks) = woken.recv_timeout(PATIENCE).expect("the guest sleeps on");
            assert!(looks < 25, "the porter has looked {looks} times for call {}", call.key.1);
        });
    }

    #[test]
    fn the_porter_sleeps_through_a_quiet_hour() {
        within(LIMIT, || {
            let ((desk, sender, woken), (tell, told)) = (desk(), mpsc::channel());
            let porter = Arc::clone(&desk);
            thread::spawn(move || {
                let _ = tell.send(Effort::of_this_thread());
                porter.keep_watch();
            });
            assert!(asleep(&desk, (after(60 * 60 * 1000), 1), &sender).is_some(), "in an hour");
            if asleep(&desk, (after(100), 2), &sender).is_some() {
                woken.recv_timeout(PATIENCE).expect("the guest sleeps on");
            }
            let porter = told.recv_timeout(PATIENCE).expect("it is the porter's first step");
            let quiet = porter.asleep();
            let nap = quiet.nap().unwrap_or(Duration::MAX);
            assert!(
                nap > Duration::from_secs(50 * 60),
                "a nap of {nap:?}, and no call for an hour"
            );
            thread::sleep(Duration::from_millis(1_500));
            let rest = quiet.rest();
            assert!(rest.slept(), "the porter looked again and again, for nobody: {rest:?}");
            assert!(rest.naps < 4, "the porter got up again and again, for nobody: {rest:?}");
        });
    }

    #[test]
    fn no_bell_is_missed_while_the_porter_is_about() {
        within(LIMIT, || {
            let (desk, sender, woken) = desk();
            night_falls(&desk);
            let book = || desk.book.lock().expect("nobody panics with the book");
            let (night, mut seen) = (Instant::now(), false);
            for number in 0..500 {
                // A porter who does not count the look is tried less often: nobody knows the moment.
                let enough = if seen || number < 5 { 1_500 } else { 500 };
                if night.elapsed() > Duration::from_millis(enough) {
                    break;
                }
                // A first bell gets the porter up, who has to wait for the book. Whoever has waited
                // for it looks for others that wait when they let go of it, and that takes a moment.
                let mut first = book();
                let looks = first.looks;
                let hour = Instant::now() + Duration::from_secs(20_000 - number);
                first.calls.insert((hour, 10_000 + number), Waker::noop().clone());
                desk.bell.notify_all();
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_micros(100 + 20 * (number % 10)) {
                    std::hint::spin_loop();
                }
                drop(first);
                // As soon as the book is free again, somebody writes into it and rings again.
                let begun = Instant::now();
                loop {
                    if let Ok(mut book) = desk.book.try_lock()
                        && (book.looks > looks || begun.elapsed() > Duration::from_millis(5))
                    {
                        seen |= book.looks > looks;
                        let key = (Instant::now() + Duration::from_micros(500), number);
                        let guest = Guest(Arc::clone(&desk), key, sender.clone());
                        book.calls.insert(key, Waker::from(Arc::new(guest)));
                        // With the book still in hand: a porter who wants it back is not napping yet.
                        desk.bell.notify_all();
                        break;
                    }
                    std::hint::spin_loop();
                }
                let woken = woken.recv_timeout(PATIENCE);
                assert_eq!(woken.expect("the porter has missed the bell").0, number);
            }
        });
    }

    #[test]
    fn when_the_bell_rings_the_call_is_in_the_book() {
        let missed = within(LIMIT, || {
            let (desk, heard) = (Arc::new(Desk::default()), Arc::new(AtomicU64::new(0)));
            // Each call is earlier than all before it.
            let end = after(10 * 60 * 60 * 1000);
            let key = move |number| (end - Duration::from_millis(number), number);
            let (theirs, hears) = (Arc::clone(&desk), Arc::clone(&heard));
            // A porter who gets up when the bell rings, looks for the next call, and naps again.
            thread::spawn(move || {
                let mut book = theirs.book.lock().expect("nobody panics with the book");
                loop {
                    let next = hears.load(Ordering::SeqCst) + 1;
                    if book.calls.contains_key(&key(next)) {
                        hears.store(next, Ordering::SeqCst);
                    }
                    book = theirs.bell.wait(book).expect("nobody panics with the book");
                }
            });
            // The guest is stopped anywhere, and the porter has the time to look into the book.
            exercises::stopped_anywhere(
                || {
                    let begun = Instant::now();
                    (1..20_000).find(|&number| {
                        if begun.elapsed() > Duration::from_millis(700) {
                            return false;
                        }
                        let mut call = Call { desk: Arc::clone(&desk), key: key(number) };
                        let waits = poll(&mut call, Waker::noop()).is_pending();
                        let asked = Instant::now();
                        while heard.load(Ordering::SeqCst) < number && asked.elapsed() < PATIENCE {
                            thread::yield_now();
                        }
                        let heard = heard.load(Ordering::SeqCst) == number;
                        // As soon as the book is free, the porter naps.
                        drop(desk.book.lock());
                        waits && !heard
                    })
                },
                || thread::sleep(Duration::from_micros(100)),
            )
        });
        assert_eq!(missed, None, "the bell was rung, the porter looked, and the call came later");
    }

    #[test]
    fn a_call_that_is_made_within_a_wake_is_heard() {
        let woken = within(LIMIT, || {
            let (desk, sender, woken) = desk();
            let (first, hour) = ((after(100), 1), (after(60 * 60 * 1000), 2));
            let mut later = Call { desk: Arc::clone(&desk), key: hour };
            assert!(poll(&mut later, Waker::noop()).is_pending(), "in an hour");
            // Whoever is woken first makes another call, and goes on.
            let (again, sender) = (Arc::clone(&desk), Mutex::new(sender));
            let wake = exercises::hooked(
                || (),
                move || {
                    let sender = sender.lock().expect("one wake at a time").clone();
                    let key = (after(50), 3);
                    if asleep(&again, key, &sender).is_none() {
                        let _ = sender.send((3, thread::current().id(), true, 0));
                    }
                },
            );
            let mut call = Call { desk: Arc::clone(&desk), key: first };
            let polled = Pin::new(&mut call).poll(&mut Context::from_waker(&wake));
            if polled.is_ready() {
                return Some(3);
            }
            night_falls(&desk);
            woken.recv_timeout(PATIENCE).ok().map(|woken| woken.0)
        });
        assert_eq!(woken, Some(3), "a call was made within a wake, and the porter sleeps on");
    }

    #[test]
    fn an_earlier_call_ends_a_longer_nap_and_wakes_no_other() {
        within(LIMIT, || {
            let (desk, sender, woken) = desk();
            assert!(asleep(&desk, (after(60 * 60 * 1000), 1), &sender).is_some(), "in an hour");
            night_falls(&desk);
            // Who has been woken once knows that the porter is there, and naps again soon.
            for number in [2, 3, 4] {
                if number > 2 {
                    thread::sleep(Duration::from_millis(100));
                }
                if asleep(&desk, (after(200), number), &sender).is_some() {
                    let woken = woken.recv_timeout(PATIENCE).expect("an earlier call was missed");
                    assert_eq!(woken.0, number, "woken, and the call is in an hour");
                }
            }
        });
    }
}
