// A level crossing: a car waits at the gate until somebody, on any thread, opens it. `Crossing` is
// the future of one car. Write its `poll`, and `Gate::open`.
//
// What is wanted: a car that waits is polled exactly twice. The waker of the latest poll is woken,
// once, after the gate is open and while it is not locked, and is not kept any longer.
//
// How it is judged: the test polls by hand, with wakers that count, and that look at the gate. In
// one test the gate opens while the waker is being cloned, in another many cars and gates race.
//
// Lesson: chapter-01 waker

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Whom to tell: whoever polled last.
    waker: Option<Waker>,
}

struct Crossing {
    gate: Arc<Gate>,
}

impl Gate {
    fn open(&self) {
        // TODO: open the gate and tell the car.
        todo!()
    }

    fn is_open(&self) -> bool {
        self.state.lock().expect("no panic while it is locked").open
    }
}

impl Future for Crossing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // TODO: look at the gate.
        todo!()
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let gate = Arc::new(Gate::default());
        let crossing = Crossing { gate: Arc::clone(&gate) };
        std::thread::spawn(move || gate.open());
        futures::executor::block_on(crossing);
        println!("the car is across");
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Log, polls, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// Notes for each wake whether the gate was open then.
    struct Driver {
        gate: Arc<Gate>,
        woken: Log<bool>,
    }

    impl Wake for Driver {
        fn wake(self: Arc<Self>) {
            self.woken.push(self.gate.is_open());
        }
    }

    fn driver(gate: &Arc<Gate>) -> Arc<Driver> {
        Arc::new(Driver { gate: Arc::clone(gate), woken: Log::new() })
    }

    fn poll(crossing: &mut Crossing, driver: &Arc<Driver>) -> Poll<()> {
        let waker = Waker::from(Arc::clone(driver));
        Pin::new(crossing).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn a_car_that_waits_is_polled_twice() {
        within(LIMIT, || {
            let gate = Arc::new(Gate::default());
            let (driver, mut crossing) = (driver(&gate), Crossing { gate: Arc::clone(&gate) });
            assert_eq!(poll(&mut crossing, &driver), Poll::Pending, "the gate is not open");
            assert_eq!(driver.woken.events(), [], "woken before there was any news");
            gate.open();
            assert_eq!(driver.woken.len(), 1, "wakes after the gate was opened");
            assert_eq!(poll(&mut crossing, &driver), Poll::Ready(()), "the gate is open");
            assert_eq!(driver.woken.len(), 1, "wakes in all");
        });
    }

    #[test]
    fn the_gate_is_open_and_not_locked_when_it_wakes() {
        let seen = within(LIMIT, || {
            let gate = Arc::new(Gate::default());
            let (driver, mut crossing) = (driver(&gate), Crossing { gate: Arc::clone(&gate) });
            let _ = poll(&mut crossing, &driver);
            gate.open();
            driver.woken.events()
        });
        assert_eq!(seen, [true], "what the one who was woken saw");
    }

    #[test]
    fn the_latest_waker_is_woken() {
        within(LIMIT, || {
            let gate = Arc::new(Gate::default());
            let (before, after) = (driver(&gate), driver(&gate));
            let mut crossing = Crossing { gate: Arc::clone(&gate) };
            let _ = poll(&mut crossing, &before);
            let _ = poll(&mut crossing, &after);
            assert_eq!(Arc::strong_count(&before), 1, "the old waker is still kept");
            gate.open();
            assert_eq!((before.woken.len(), after.woken.len()), (0, 1), "the old and the new");
            assert_eq!(Arc::strong_count(&after), 1, "the new waker is kept after its wake");
        });
    }

    #[test]
    fn an_open_gate_keeps_nobody() {
        within(LIMIT, || {
            let gate = Arc::new(Gate::default());
            let driver = driver(&gate);
            gate.open();
            for _ in 0..2 {
                let mut crossing = Crossing { gate: Arc::clone(&gate) };
                assert_eq!(poll(&mut crossing, &driver), Poll::Ready(()));
            }
            gate.open();
            assert_eq!(driver.woken.events(), [], "nobody waits, so nobody is woken");
        });
    }

    #[test]
    fn a_gate_that_opens_while_the_waker_is_kept_wakes_it() {
        // In the first poll, and in one that follows another.
        for earlier in [false, true] {
            let heard = within(LIMIT, move || heard_while_it_is_kept(earlier));
            assert!(
                heard,
                "the gate opened between the look and the keeping: the car waits forever"
            );
        }
    }

    /// Opens the gate while the waker of a poll is cloned. Returns whether the car is told.
    fn heard_while_it_is_kept(earlier: bool) -> bool {
        let gate = Arc::new(Gate::default());
        let mut crossing = Crossing { gate: Arc::clone(&gate) };
        if earlier {
            let _ = poll(&mut crossing, &driver(&gate));
        }
        let woken = Arc::new(AtomicUsize::new(0));
        let (opening, wakes, begun) =
            (Arc::clone(&gate), Arc::clone(&woken), AtomicBool::new(false));
        let (sender, opener) = mpsc::channel();
        // The first clone has another thread open the gate. If the poll holds the lock, it
        // cannot, and opens it after the poll; if not, it opens the gate here and now.
        let cloned = move || {
            if begun.swap(true, Ordering::Relaxed) {
                return;
            }
            let (gate, (done, opened)) = (Arc::clone(&opening), mpsc::channel());
            let opener = thread::spawn(move || {
                gate.open();
                let _ = done.send(());
            });
            let _ = opened.recv_timeout(Duration::from_secs(1));
            let _ = sender.send(opener);
        };
        let waker = exercises::hooked(cloned, move || {
            wakes.fetch_add(1, Ordering::Relaxed);
        });
        let polled = Pin::new(&mut crossing).poll(&mut Context::from_waker(&waker));
        match opener.try_recv() {
            Ok(opener) => opener.join().expect("it opens"),
            Err(_) => gate.open(),
        }
        polled.is_ready() || woken.load(Ordering::Relaxed) == 1
    }

    #[test]
    fn a_car_that_comes_while_the_gate_opens_is_woken_or_crosses() {
        within(LIMIT, || {
            let begun = Instant::now();
            for round in 0..3_000 {
                if round > 300 && begun.elapsed() > Duration::from_secs(5) {
                    break;
                }
                let (gate, here) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(false)));
                let (opening, car) = (Arc::clone(&gate), Arc::clone(&here));
                let opening = thread::spawn(move || {
                    while !car.load(Ordering::Relaxed) {
                        thread::yield_now();
                    }
                    opening.open();
                });
                // It asks again and again, each time with another waker: until it may cross, or, in
                // every other round, so many times.
                let most = if round % 2 == 0 { usize::MAX } else { 1 + round % 97 };
                let mut crossing = Crossing { gate: Arc::clone(&gate) };
                let (mut waiting, mut next, mut polls) = (None, driver(&gate), 0);
                let mut crossed = false;
                while polls < most {
                    crossed = poll(&mut crossing, &next).is_ready();
                    if crossed {
                        break;
                    }
                    polls += 1;
                    if polls % 100 == 0 {
                        // There may be one core for both.
                        thread::yield_now();
                    }
                    here.store(true, Ordering::Relaxed);
                    waiting = Some(std::mem::replace(&mut next, driver(&gate)));
                }
                here.store(true, Ordering::Relaxed);
                opening.join().expect("it opens");
                let Some(last) = waiting else { continue };
                let wakes = last.woken.len();
                // The poll in which it crossed may have taken back the waker of the one before.
                let taken_back = crossed && wakes == 0 && Arc::strong_count(&last) == 1;
                assert!(wakes == 1 || taken_back, "{wakes} wakes of the last that was to wait");
            }
        });
    }

    #[test]
    fn whoever_opens_it_from_another_thread_is_heard() {
        within(LIMIT, || {
            for _ in 0..200 {
                let gate = Arc::new(Gate::default());
                let (crossing, polls) = polls(Crossing { gate: Arc::clone(&gate) });
                let opening = thread::spawn(move || gate.open());
                futures::executor::block_on(crossing);
                opening.join().expect("it opens");
                assert!(polls.count() <= 2 && polls.spurious() == 0);
            }
        });
    }
}
