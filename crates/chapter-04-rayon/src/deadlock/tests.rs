use super::*;
use crate::testing::pool;
use std::sync::mpsc::TryRecvError;
use witness::{Log, PATIENT, within};

/// Adds two books on threads that are left behind if they get stuck. Returns
/// the steps, and the total if there is one.
fn told<W>(threads: usize, way: W) -> (Vec<Event>, Option<usize>)
where
    W: Fn(&Mutex<usize>, &[&str], &(dyn Fn(Step) + Sync))
        + Send
        + Sync
        + 'static,
{
    within(PATIENT, move || {
        let log = Log::new();
        let (done, total) = mpsc::channel();
        let theirs = log.clone();
        thread::spawn(move || {
            let total =
                two_books(&pool(threads), way, &|event| theirs.push(event));
            done.send(total).expect("the test waits for it");
        });
        loop {
            let events = log.events();
            match total.try_recv() {
                Ok(total) => return (log.events(), Some(total)),
                Err(TryRecvError::Disconnected) => panic!("it panicked"),
                Err(TryRecvError::Empty)
                    if waits_for_itself(&events).is_some() =>
                {
                    return (events, None);
                }
                Err(TryRecvError::Empty) => thread::yield_now(),
            }
        }
    })
}

fn who(events: &[Event], book: usize, step: Step) -> Option<&str> {
    let event =
        events.iter().find(|event| event.book == book && event.step == step)?;
    Some(&event.thread)
}

#[test]
fn with_the_lock_held_the_waiting_thread_takes_the_second_book_and_waits_for_itself()
 {
    for _ in 0..20 {
        let (events, total) = told(2, add_holding);
        assert_eq!(total, None);
        let lost = waits_for_itself(&events);
        assert_eq!(who(&events, 1, Step::HasLock), lost);
        assert_eq!(who(&events, 1, Step::Counts(1)), lost);
        assert_ne!(
            who(&events, 1, Step::Counts(2)),
            lost,
            "the other one counts page 2"
        );
        assert_eq!(who(&events, 2, Step::WantsLock), lost);
        assert_eq!(who(&events, 2, Step::HasLock), None);
    }
}

#[test]
fn locked_after_the_waiting_thread_takes_the_second_book_all_the_same_and_both_are_added()
 {
    for _ in 0..20 {
        let (events, total) = told(2, add_after);
        assert_eq!(total, Some(14));
        assert_eq!(waits_for_itself(&events), None);
        let steps: Vec<_> =
            events.iter().map(|event| (event.book, event.step)).collect();
        let place = |it| {
            steps.iter().position(|step| *step == it).expect("it was told")
        };
        assert!(place((2, Step::Unlocks)) < place((1, Step::WantsLock)));
        assert_eq!(
            who(&events, 2, Step::WantsLock),
            who(&events, 1, Step::WantsLock)
        );
    }
}

#[test]
fn another_pool_for_the_call_under_the_lock_is_no_cure() {
    let inner = pool(2);
    let way = move |total: &Mutex<usize>,
                    pages: &[&str],
                    tell: &(dyn Fn(Step) + Sync)| {
        tell(Step::WantsLock);
        let mut total = total.lock().expect("nobody panics with the lock");
        tell(Step::HasLock);
        *total += inner.install(|| words(pages, tell));
        tell(Step::Unlocks);
    };
    let (events, total) = told(1, way);
    assert_eq!((total, waits_for_itself(&events)), (None, Some("rayon 0")));
}

fn noted(steps: &[(&str, Step)]) -> Vec<Event> {
    let event = |(thread, step): &(&str, _)| Event {
        thread: (*thread).to_owned(),
        book: 1,
        step: *step,
    };
    steps.iter().map(event).collect()
}

#[test]
fn who_waits_for_another_does_not_wait_for_itself() {
    use Step::{Counts, HasLock, Unlocks, WantsLock};
    let lost = |steps| waits_for_itself(&noted(steps)).map(str::to_owned);
    let queue =
        [("a", WantsLock), ("a", HasLock), ("b", WantsLock), ("a", Counts(1))];
    assert_eq!(lost(&queue), None);
    let again = [("a", HasLock), ("a", Unlocks), ("a", WantsLock)];
    assert_eq!(lost(&again), None);
    let handed_on =
        [("a", HasLock), ("a", Unlocks), ("b", HasLock), ("a", WantsLock)];
    assert_eq!(lost(&handed_on), None);
    let itself =
        [("b", WantsLock), ("a", HasLock), ("a", Counts(1)), ("a", WantsLock)];
    assert_eq!(lost(&itself), Some("a".to_owned()));
}
