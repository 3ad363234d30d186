use super::*;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use witness::{Log, PATIENT, Threads, polls, within};

/// Nobody waits for it: in most tests the time is moved by hand.
const UNIT: Duration = Duration::from_secs(60 * 60);

/// Timers without a thread. [`drive`] keeps their time.
pub(crate) fn stopped() -> Timers {
    Timers { shared: Arc::default() }
}

/// Lets it be `now`.
fn advance(timers: &Timers, now: Instant) {
    let due = timers.shared.lock().take_due(now);
    due.into_values().for_each(Waker::wake);
}

/// An executor for [`stopped`] timers: whenever the future waits, the next
/// deadline comes. Returns the output, and how far away the last deadline was.
/// A future that is not ready after a hundred polls hangs.
pub(crate) fn drive<F: Future>(
    timers: &Timers,
    future: F,
) -> (F::Output, Duration) {
    let started = Instant::now();
    let mut passed = Duration::ZERO;
    let mut future = pin!(future);
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    for _ in 0..100 {
        if let Poll::Ready(output) =
            future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return (output, passed);
        }
        while bell.0.swap(0, Ordering::SeqCst) == 0 {
            let next = timers.shared.lock().waiting.keys().next().copied();
            let (deadline, _) =
                next.expect("a deadline to wait for: nobody wakes this future");
            passed = deadline - started;
            advance(timers, deadline);
        }
    }
    panic!("this future hangs: it is polled and polled");
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    /// Polls with this bell's waker.
    fn poll(self: &Arc<Self>, sleep: &mut Sleep<'_>) -> Poll<()> {
        Pin::new(sleep)
            .poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn rung(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn two_tasks_take_as_long_as_the_longer() {
    let (timers, finished) = (stopped(), RefCell::default());
    let seen = Log::new();
    let tasks =
        join_all([2, 1].map(|units| task(&timers, UNIT, units, &finished)));
    let watched = async {
        let mut tasks = pin!(tasks);
        poll_fn(|cx| {
            let poll = tasks.as_mut().poll(cx);
            seen.push((timers.waiting(), finished.borrow().clone()));
            poll
        })
        .await;
    };
    let ((), passed) = drive(&timers, watched);
    assert_eq!(passed.as_secs() / UNIT.as_secs(), 2);
    // Both wait at first; the task of one unit is the first to finish.
    assert_eq!(seen.events(), [(2, vec![]), (1, vec![1]), (0, vec![1, 2])]);
}

#[test]
fn one_thread_wakes_a_thousand() {
    struct Notes(Threads, AtomicUsize);
    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            self.0.note();
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    let threads = Threads::new();
    let noted = threads.clone();
    within(PATIENT, move || {
        let timers = Timers::new();
        let notes = Arc::new(Notes(noted, AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&notes));
        let mut sleeps: Vec<Sleep<'_>> =
            (0..1000).map(|n| timers.sleep(Duration::from_micros(n))).collect();
        for sleep in &mut sleeps {
            assert!(
                Pin::new(sleep)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        while notes.1.load(Ordering::SeqCst) < 1000 {
            thread::yield_now();
        }
        for sleep in &mut sleeps {
            assert!(
                Pin::new(sleep)
                    .poll(&mut Context::from_waker(&waker))
                    .is_ready()
            );
        }
    });
    assert_eq!(threads.work_by_thread(), [("timers".to_owned(), 1000)]);
}

#[test]
fn a_sleep_alone_is_polled_exactly_twice() {
    let polls = within(PATIENT, || {
        let timers = Timers::new();
        let (sleeping, polls) = polls(timers.sleep(Duration::from_millis(5)));
        block_on(sleeping);
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn a_deadline_wakes_its_own_tasks_and_no_others() {
    let (timers, start) = (stopped(), Instant::now());
    // Two with one deadline, and one that is later.
    let mut sleeps =
        [1, 1, 2].map(|units| timers.sleep_until(start + units * UNIT));
    let bells: [Arc<Bell>; 3] = Default::default();
    for (bell, sleep) in bells.iter().zip(&mut sleeps) {
        assert!(bell.poll(sleep).is_pending());
    }
    let rung = || [0, 1, 2].map(|n: usize| bells[n].rung());
    advance(&timers, start + UNIT - Duration::from_nanos(1));
    assert_eq!(rung(), [0, 0, 0]);
    advance(&timers, start + UNIT);
    assert_eq!(rung(), [1, 1, 0]);
    let polled: Vec<bool> = bells
        .iter()
        .zip(&mut sleeps)
        .map(|(bell, sleep)| bell.poll(sleep).is_ready())
        .collect();
    assert_eq!(polled, [true, true, false]);
    advance(&timers, start + 2 * UNIT);
    assert_eq!(rung(), [1, 1, 1]);
}

#[test]
fn the_one_who_polled_last_is_woken() {
    let (timers, start) = (stopped(), Instant::now());
    let mut sleep = timers.sleep_until(start + UNIT);
    let bells: [Arc<Bell>; 2] = Default::default();
    for bell in &bells {
        assert!(bell.poll(&mut sleep).is_pending());
    }
    assert_eq!(timers.waiting(), 1);
    advance(&timers, start + UNIT);
    assert_eq!((bells[0].rung(), bells[1].rung()), (0, 1));
}

#[test]
fn a_timer_is_on_the_list_from_its_first_poll_until_it_is_dropped() {
    let (timers, start) = (stopped(), Instant::now());
    let bell = Arc::new(Bell::default());
    let mut sleep = timers.sleep_until(start + UNIT);
    assert_eq!(timers.waiting(), 0);
    assert!(bell.poll(&mut sleep).is_pending());
    assert_eq!(timers.waiting(), 1);
    drop(sleep);
    assert_eq!(timers.waiting(), 0);
    advance(&timers, start + UNIT);
    assert_eq!(bell.rung(), 0);
    assert_eq!(Arc::strong_count(&bell), 1, "its waker is gone, too");
}

#[test]
fn an_earlier_deadline_ends_a_longer_nap() {
    within(PATIENT, || {
        let timers = Timers::new();
        let bell = Arc::new(Bell::default());
        let mut longer = Vec::new();
        // The thread may be on its way to its nap or asleep already: try it
        // often.
        for _ in 0..50 {
            let mut sleep = timers.sleep(UNIT);
            assert!(bell.poll(&mut sleep).is_pending());
            longer.push(sleep);
            block_on(timers.sleep(Duration::from_millis(1)));
        }
        assert_eq!((timers.waiting(), bell.rung()), (50, 0));
    });
}

#[test]
fn a_wake_may_use_the_timers() {
    /// Looks at the timers from within the wake, as whoever is woken may.
    struct Looks(Arc<Shared>, AtomicUsize);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let waiting = self.0.lock().waiting.len();
            self.1.store(1 + waiting, Ordering::SeqCst);
        }
    }
    let seen = within(PATIENT, || {
        let timers = Timers::new();
        let looks =
            Arc::new(Looks(Arc::clone(&timers.shared), AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&looks));
        let mut sleep = timers.sleep(Duration::ZERO);
        assert!(
            Pin::new(&mut sleep)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        loop {
            match looks.1.load(Ordering::SeqCst) {
                0 => thread::yield_now(),
                seen => break seen - 1,
            }
        }
    });
    assert_eq!(seen, 0);
}

#[test]
fn a_wake_that_panics_ends_nobody_elses_sleep() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }
    within(PATIENT, || {
        let timers = Timers::new();
        let waker = Waker::from(Arc::new(Panics));
        let mut sleep = timers.sleep(Duration::ZERO);
        assert!(
            Pin::new(&mut sleep)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        block_on(timers.sleep(Duration::from_millis(1)));
        block_on(timers.sleep(Duration::from_millis(1)));
    });
}

#[test]
fn the_thread_ends_with_the_timers() {
    within(PATIENT, || {
        let others = Timers::new();
        // The thread may be on its way to its nap or asleep already: try it
        // often.
        for _ in 0..20 {
            let timers = Timers::new();
            block_on(others.sleep(Duration::from_millis(1)));
            let shared = Arc::downgrade(&timers.shared);
            drop(timers);
            while shared.strong_count() > 0 {
                thread::yield_now();
            }
        }
    });
}

#[test]
fn a_thread_per_poll_is_a_thread_per_wake_without_end() {
    let takes = Duration::from_millis(1);
    let (ready, threads, well) = within(PATIENT, move || {
        let mut wrong = ThreadPerPoll { takes, is_up: false, threads: 0 };
        let ready = block_on(first_polls(20, &mut wrong));
        let timers = Timers::new();
        (ready, wrong.threads, block_on(first_polls(2, timers.sleep(takes))))
    });
    assert_eq!((ready, threads), (None, 20));
    assert_eq!(well, Some(()));
}
