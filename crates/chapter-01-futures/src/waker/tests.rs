use super::*;
use std::sync::atomic::AtomicBool;
use std::task::Wake;
use witness::{Log, PATIENT, polls, within};

const WAYS: [Look; 3] = [keep_none, wake_at_once, keep_latest];

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
    let (mailbox, log) = (Mailbox::default(), Log::new());
    let sleepers =
        ["first", "second"].map(|name| Arc::new(Sleeper(name, log.clone())));
    for sleeper in &sleepers {
        let waker = Waker::from(Arc::clone(sleeper));
        assert!(look(&mailbox, &mut Context::from_waker(&waker)).is_pending());
    }
    mailbox.deliver("Dear Ada");
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
fn without_a_waker_nobody_is_woken_and_nobody_ever_can_be() {
    assert_eq!(woken(keep_none), (vec![], false));
}

#[test]
fn waking_at_once_wakes_before_there_is_a_letter_and_not_after() {
    let (mailbox, log) = (Mailbox::default(), Log::new());
    let waker = Waker::from(Arc::new(Sleeper("task", log.clone())));
    let mut context = Context::from_waker(&waker);
    for polls in 1..=3 {
        assert!(wake_at_once(&mailbox, &mut context).is_pending());
        assert_eq!(log.len(), polls);
    }
    mailbox.deliver("Dear Ada");
    assert_eq!(log.len(), 3);
}

#[test]
fn a_letter_that_is_there_is_found_by_the_first_poll() {
    for look in WAYS {
        let polls = within(PATIENT, move || {
            let mailbox = Arc::<Mailbox>::default();
            mailbox.deliver("Dear Ada");
            let (letter, polls) = polls(letter(look, mailbox, Arc::default()));
            assert_eq!(block_on(letter), "Dear Ada");
            polls
        });
        assert_eq!((polls.count(), polls.woken()), (1, 0));
    }
}

#[test]
fn whoever_is_woken_finds_the_letter_and_the_lock_free() {
    struct Looks(Arc<Mailbox>, AtomicBool);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let found = self
                .0
                .inside
                .try_lock()
                .is_ok_and(|inside| inside.letter.is_some());
            self.1.store(found, Ordering::Relaxed);
        }
    }
    let mailbox = Arc::new(Mailbox::default());
    let looks = Arc::new(Looks(Arc::clone(&mailbox), AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&looks));
    assert!(
        keep_latest(&mailbox, &mut Context::from_waker(&waker)).is_pending()
    );
    mailbox.deliver("Dear Ada");
    assert!(looks.1.load(Ordering::Relaxed));
}

/// Returns once a waker is in the mailbox: the future there has been polled and
/// waits.
fn until_somebody_waits(mailbox: &Mailbox) {
    while mailbox.open().waker.is_none() {
        thread::yield_now();
    }
}

#[test]
fn a_future_that_keeps_the_waker_is_polled_exactly_twice() {
    let (polls, counted) = within(PATIENT, || {
        let (mailbox, counted) =
            (Arc::<Mailbox>::default(), Arc::<AtomicUsize>::default());
        let letter =
            letter(keep_latest, Arc::clone(&mailbox), Arc::clone(&counted));
        let (letter, polls) = polls(letter);
        let output = on_a_thread(letter);
        until_somebody_waits(&mailbox);
        mailbox.deliver("Dear Ada");
        assert_eq!(output.recv(), Ok("Dear Ada"));
        (polls, counted)
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    assert_eq!(
        counted.load(Ordering::Relaxed),
        2,
        "the lesson counts the same"
    );
}

#[test]
fn a_future_that_wakes_at_once_is_polled_thousands_of_times() {
    let polls = within(PATIENT, || {
        let mailbox = Arc::<Mailbox>::default();
        let letter = letter(wake_at_once, Arc::clone(&mailbox), Arc::default());
        let (letter, polls) = polls(letter);
        let output = on_a_thread(letter);
        // Nothing comes, and yet it is polled again and again.
        while polls.count() < 5_000 {
            thread::yield_now();
        }
        mailbox.deliver("Dear Ada");
        assert_eq!(output.recv(), Ok("Dear Ada"));
        polls
    });
    // It asked for every one of them.
    assert_eq!((polls.woken(), polls.spurious()), (polls.count() - 1, 0));
}
