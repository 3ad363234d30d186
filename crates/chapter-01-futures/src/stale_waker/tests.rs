use super::*;
use std::task::Wake;
use witness::{Log, PATIENT, within};

const SHORT: Duration = Duration::from_millis(50);

/// Someone to wake, who notes it.
struct Sleeper(&'static str, Log<&'static str>);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.1.push(self.0);
    }
}

/// Polls for two tasks, one after the other, and delivers. Returns who was
/// woken, in order, and whether anyone still has a waker.
fn woken(look: Look) -> (Vec<&'static str>, bool) {
    let (mailbox, log) = (Mutex::default(), Log::new());
    let sleepers =
        ["first", "second"].map(|name| Arc::new(Sleeper(name, log.clone())));
    for sleeper in &sleepers {
        let waker = Waker::from(Arc::clone(sleeper));
        assert!(look(&mailbox, &mut Context::from_waker(&waker)).is_pending());
    }
    deliver(&mailbox, "Dear Ada");
    (
        log.events(),
        sleepers.iter().any(|sleeper| Arc::strong_count(sleeper) > 1),
    )
}

#[test]
fn a_letter_wakes_the_task_that_polled_last() {
    assert_eq!(woken(keep_latest), (vec!["second"], false));
}

#[test]
fn a_stale_waker_wakes_the_task_that_polled_first() {
    assert_eq!(woken(keep_first), (vec!["first"], false));
}

/// Looks, then awaits on another thread, which polls with a waker of its own;
/// then delivers. Returns what came of it within `patience`, and the number of
/// polls.
fn looked_for_before(
    look: Look,
    patience: Duration,
) -> (Option<&'static str>, usize) {
    within(PATIENT, move || {
        let (polled, polls) = mpsc::channel();
        let mailbox = Arc::<Mutex<Mailbox>>::default();
        let inside = Arc::clone(&mailbox);
        let output = on_a_thread(look_then_wait(poll_fn(move |cx| {
            let answer = look(&inside, cx);
            polled.send(()).expect("the test waits");
            answer
        })));
        // The letter comes when both polls have found none.
        for _ in 0..2 {
            polls.recv().expect("it polls");
        }
        deliver(&mailbox, "Dear Ada");
        let letter = output.recv_timeout(patience).ok();
        (letter, 2 + polls.try_iter().count())
    })
}

#[test]
fn after_a_look_only_the_latest_waker_gets_the_letter() {
    assert_eq!(looked_for_before(keep_first, SHORT), (None, 2));
    assert_eq!(looked_for_before(keep_latest, PATIENT), (Some("Dear Ada"), 3));
}
