//! A future that has to wait keeps the waker and answers `Pending`; the waker has it polled again.

use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::join;
use tracing::{Instrument, info_span};

// ANCHOR: timer
/// A future that is ready once `takes` has passed since its first poll.
#[derive(Debug)]
pub struct Timer {
    takes: Duration,
    /// Shared with the timer's thread; `None` before the first poll.
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
enum State {
    /// Time is not up. This waker belongs to whoever polled last.
    Waiting(Waker),
    /// Time is up.
    Done,
}

impl Timer {
    /// Returns a timer that has not begun.
    pub fn new(takes: Duration) -> Self {
        Timer { takes, state: None }
    }
}
// ANCHOR_END: timer

// ANCHOR: poll
impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(state) = &self.state else {
            let state = Arc::new(Mutex::new(State::Waiting(cx.waker().clone())));
            self.state = Some(Arc::clone(&state));
            let takes = self.takes;
            thread::spawn(move || {
                thread::sleep(takes);
                finish(&state);
            });
            return Poll::Pending;
        };
        match &mut *state.lock().expect("nobody panics with the lock") {
            State::Waiting(waker) => {
                // Whoever polls now may be another than before: wake this one.
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            State::Done => Poll::Ready(()),
        }
    }
}
// ANCHOR_END: poll

// ANCHOR: finish
/// Notes that time is up, then wakes whoever waits. In this order: whoever is woken looks at once.
fn finish(state: &Mutex<State>) {
    let before =
        mem::replace(&mut *state.lock().expect("nobody panics with the lock"), State::Done);
    if let State::Waiting(waker) = before {
        waker.wake();
    }
}
// ANCHOR_END: finish

// ANCHOR: blocking
/// A future that sleeps inside `poll`.
#[derive(Debug)]
pub struct Blocking {
    /// How long.
    pub takes: Duration,
}

impl Future for Blocking {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        thread::sleep(self.takes);
        Poll::Ready(())
    }
}
// ANCHOR_END: blocking

// ANCHOR: joined
/// Awaits both at once. Returns every answer of their polls, in order.
pub async fn joined<F: Future<Output = ()>>([first, second]: [F; 2]) -> Vec<(u32, Poll<()>)> {
    let answers = RefCell::new(Vec::new());
    let note = |number| {
        let answers = &answers;
        move |answer| answers.borrow_mut().push((number, answer))
    };
    join(noted(first, note(1)), noted(second, note(2))).await;
    answers.into_inner()
}

/// Passes each poll on to `future`, and notes what it answers.
async fn noted<F: Future<Output = ()>>(future: F, note: impl Fn(Poll<()>)) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let answer = future.as_mut().poll(cx);
        note(answer);
        answer
    })
    .await;
}
// ANCHOR_END: joined

// ANCHOR: main
/// Waits for two timers at once: two that are woken, then two that sleep inside `poll`.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = [40, 60].map(Duration::from_millis);

    let timeline = lessons::timeline("woken: both wait at once, together as long as the longer");
    let answers = block_on(joined(
        takes.map(|takes| Timer::new(takes).instrument(info_span!("timer", ?takes))),
    ));
    timeline.draw();
    print(&answers);

    println!();
    let timeline = lessons::timeline("asleep inside poll: one after the other, the sum of both");
    let answers = block_on(joined(
        takes.map(|takes| Blocking { takes }.instrument(info_span!("timer", ?takes))),
    ));
    timeline.draw();
    print(&answers);
    Ok(())
}
// ANCHOR_END: main

fn print(answers: &[(u32, Poll<()>)]) {
    println!("what the polls answered, in order:");
    for (number, answer) in answers {
        println!("  timer {number}: {answer:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::task::Wake;
    use witness::{Log, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
    const SHORT: Duration = Duration::from_millis(5);

    const PENDING: Poll<()> = Poll::Pending;
    const READY: Poll<()> = Poll::Ready(());

    /// Someone to wake, who notes it.
    struct Sleeper(&'static str, Log<&'static str>);

    impl Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.1.push(self.0);
        }
    }

    fn sleeper(name: &'static str, log: &Log<&'static str>) -> Waker {
        Waker::from(Arc::new(Sleeper(name, log.clone())))
    }

    fn poll_with(waker: &Waker, timer: &mut Timer) -> Poll<()> {
        Pin::new(timer).poll(&mut Context::from_waker(waker))
    }

    #[test]
    fn a_timer_alone_is_polled_exactly_twice() {
        let polls = within(LONG, || {
            let (timer, polls) = polls(Timer::new(SHORT));
            block_on(timer);
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn a_timer_answers_pending_until_time_is_up() {
        let answers = within(LONG, || {
            let mut timer = Timer::new(NEVER);
            let early = [(); 2].map(|()| poll_with(Waker::noop(), &mut timer));
            finish(timer.state.as_deref().expect("it was polled"));
            (early, poll_with(Waker::noop(), &mut timer))
        });
        assert_eq!(answers, ([PENDING, PENDING], READY));
    }

    #[test]
    fn a_timer_that_is_not_polled_does_not_begin() {
        assert!(Timer::new(SHORT).state.is_none());
    }

    #[test]
    fn the_one_who_polled_last_is_woken() {
        let log = Log::new();
        let seen = log.clone();
        within(LONG, move || {
            let mut timer = Timer::new(NEVER);
            assert!(poll_with(&sleeper("first", &log), &mut timer).is_pending());
            assert!(poll_with(&sleeper("second", &log), &mut timer).is_pending());
            assert!(log.events().is_empty());
            finish(timer.state.as_deref().expect("it was polled"));
        });
        assert_eq!(seen.events(), ["second"]);
    }

    #[test]
    fn whoever_is_woken_finds_the_timer_done() {
        /// Polls the timer from within the wake, as an executor on another thread might.
        struct Looks(Mutex<Option<Arc<Mutex<State>>>>, mpsc::Sender<bool>);
        impl Wake for Looks {
            fn wake(self: Arc<Self>) {
                let state = self.0.lock().expect("nobody panics").take().expect("woken once");
                // `try_lock`: the lock must be free by now.
                let done = state.try_lock().is_ok_and(|state| matches!(*state, State::Done));
                self.1.send(done).expect("the test waits");
            }
        }
        let done = within(LONG, || {
            let (sender, receiver) = mpsc::channel();
            let looks = Arc::new(Looks(Mutex::new(None), sender));
            let mut timer = Timer::new(NEVER);
            assert!(poll_with(&Waker::from(Arc::clone(&looks)), &mut timer).is_pending());
            let state = timer.state.expect("it was polled");
            *looks.0.lock().expect("nobody panics") = Some(Arc::clone(&state));
            finish(&state);
            receiver.recv().expect("the waker sends")
        });
        assert!(done);
    }

    #[test]
    fn joined_timers_both_wait_before_either_is_done() {
        let answers = within(LONG, || block_on(joined([SHORT, 2 * SHORT].map(Timer::new))));
        assert_eq!(answers[..2], [(1, PENDING), (2, PENDING)]);
        for number in [1, 2] {
            let own: Vec<_> = answers.iter().filter(|(n, _)| *n == number).collect();
            assert_eq!(own.iter().filter(|(_, answer)| answer.is_ready()).count(), 1);
            // Two polls each, and one more if the neighbor's wake came first.
            assert!((2..=3).contains(&own.len()), "{answers:?}");
        }
    }

    #[test]
    fn a_wake_for_one_polls_its_neighbor_too() {
        /// Sends a message for each wake.
        struct Sends(mpsc::Sender<()>);
        impl Wake for Sends {
            fn wake(self: Arc<Self>) {
                self.0.send(()).expect("the test waits");
            }
        }
        let log = Log::new();
        let answers = log.clone();
        within(LONG, move || {
            let note = |number| {
                let log = &log;
                move |answer| log.push((number, answer))
            };
            let mut both = pin!(join(
                noted(Timer::new(Duration::ZERO), note(1)),
                noted(Timer::new(NEVER), note(2)),
            ));
            let (wake, woken) = mpsc::channel();
            let waker = Waker::from(Arc::new(Sends(wake)));
            let mut context = Context::from_waker(&waker);
            assert!(both.as_mut().poll(&mut context).is_pending());
            woken.recv().expect("the first timer wakes");
            assert!(both.as_mut().poll(&mut context).is_pending());
        });
        assert_eq!(answers.events(), [(1, PENDING), (2, PENDING), (1, READY), (2, PENDING)]);
    }

    #[test]
    fn one_that_blocks_never_answers_pending() {
        let (alone, answers) = within(LONG, || {
            let (blocking, polls) = polls(Blocking { takes: SHORT });
            block_on(blocking);
            (polls, block_on(joined([SHORT, SHORT].map(|takes| Blocking { takes }))))
        });
        assert_eq!((alone.count(), alone.woken()), (1, 0));
        assert!(alone.longest() >= SHORT, "it kept its thread: {alone:?}");
        // The first is done before the second is asked for the first time.
        assert_eq!(answers, [(1, READY), (2, READY)]);
    }
}
