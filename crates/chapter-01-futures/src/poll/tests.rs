use super::*;
use std::sync::mpsc;
use std::task::Wake;
use witness::{Log, PATIENT, polls, within};

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
    let polls = within(PATIENT, || {
        let (timer, polls) = polls(Timer::new(SHORT));
        block_on(timer);
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn a_timer_answers_pending_until_time_is_up() {
    let answers = within(PATIENT, || {
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
    within(PATIENT, move || {
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
    /// Polls the timer from within the wake, as an executor on another thread
    /// might.
    struct Looks(Mutex<Option<Arc<Mutex<State>>>>, mpsc::Sender<bool>);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let state = self
                .0
                .lock()
                .expect("nobody panics")
                .take()
                .expect("woken once");
            // `try_lock`: the lock must be free by now.
            let done = state
                .try_lock()
                .is_ok_and(|state| matches!(*state, State::Done));
            self.1.send(done).expect("the test waits");
        }
    }
    let done = within(PATIENT, || {
        let (sender, receiver) = mpsc::channel();
        let looks = Arc::new(Looks(Mutex::new(None), sender));
        let mut timer = Timer::new(NEVER);
        assert!(
            poll_with(&Waker::from(Arc::clone(&looks)), &mut timer)
                .is_pending()
        );
        let state = timer.state.expect("it was polled");
        *looks.0.lock().expect("nobody panics") = Some(Arc::clone(&state));
        finish(&state);
        receiver.recv().expect("the waker sends")
    });
    assert!(done);
}

#[test]
fn joined_timers_both_wait_before_either_is_done() {
    let answers = within(PATIENT, || {
        block_on(joined([SHORT, 2 * SHORT].map(Timer::new)))
    });
    assert_eq!(answers[..2], [(1, PENDING), (2, PENDING)]);
    for number in [1, 2] {
        let own: Vec<_> =
            answers.iter().filter(|(n, _)| *n == number).collect();
        assert_eq!(
            own.iter().filter(|(_, answer)| answer.is_ready()).count(),
            1
        );
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
    within(PATIENT, move || {
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
    assert_eq!(
        answers.events(),
        [(1, PENDING), (2, PENDING), (1, READY), (2, PENDING)]
    );
}

#[test]
fn one_that_blocks_never_answers_pending() {
    let (alone, answers) = within(PATIENT, || {
        let (blocking, polls) = polls(Blocking { takes: SHORT });
        block_on(blocking);
        (
            polls,
            block_on(joined([SHORT, SHORT].map(|takes| Blocking { takes }))),
        )
    });
    assert_eq!((alone.count(), alone.woken()), (1, 0));
    assert!(alone.longest() >= SHORT, "it kept its thread: {alone:?}");
    // The first is done before the second is asked for the first time.
    assert_eq!(answers, [(1, READY), (2, READY)]);
}
