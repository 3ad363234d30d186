use super::*;
use std::future::pending;
use std::iter;
use witness::{PATIENT, within};

const SHORT: Duration = Duration::from_millis(50);

/// The visits to two pages.
fn counts(visits: &Visits, pages: [&str; 2]) -> [u64; 2] {
    pages.map(|page| *visits.get(page).expect("the page exists"))
}

#[test]
fn a_move_that_holds_the_first_guard_gets_stuck_with_the_shard_locked() {
    let (visits, [from, to]) = visits_and_shard_mates();
    let theirs = Arc::clone(&visits);
    assert!(is_stuck(SHORT, move || move_holding(&theirs, from, to, 10)));
    // However slow the machine: until the thread has taken the first guard,
    // this waits.
    let locked = within(PATIENT, move || {
        while !visits.try_get(to).is_locked() {
            thread::yield_now();
        }
        // It can go no further: the lock it waits for is the one it holds.
        (0..1_000).all(|_| visits.try_get(from).is_locked())
    });
    assert!(locked);
}

#[test]
fn a_move_that_drops_the_first_guard_ends() {
    let (visits, mates @ [from, to]) = visits_and_shard_mates();
    let theirs = Arc::clone(&visits);
    within(PATIENT, move || move_dropping(&theirs, from, to, 10));
    assert_eq!(counts(&visits, mates), [90, 110]);
}

#[test]
fn a_move_that_tries_changes_both_or_nothing() {
    within(PATIENT, || {
        let (visits, mates @ [from, to]) = visits_and_shard_mates();
        assert!(!move_trying(&visits, from, to, 10));
        assert_eq!(counts(&visits, mates), [100, 100]);

        // All three may be in one shard; the next map hashes in another way.
        let (visits, apart) = iter::repeat_with(|| visits_and_shard_mates().0)
            .find_map(|visits| {
                let held = visits.get_mut("home");
                let other = ["prices", "about"]
                    .into_iter()
                    .find(|other| !visits.try_get(*other).is_locked())?;
                drop(held);
                Some((visits, ["home", other]))
            })
            .expect("it goes on until there is one");
        assert!(move_trying(&visits, apart[0], apart[1], 10));
        assert_eq!(counts(&visits, apart), [90, 110]);
    });
}

#[test]
fn every_guard_keeps_writers_out_of_its_shard_and_ref_lets_readers_in() {
    within(PATIENT, || {
        let (visits, [held, mate]) = visits_and_shard_mates();
        let free = || {
            let reading = !visits.try_get(mate).is_locked();
            (reading, visits.try_entry(mate.to_owned()).is_some())
        };
        let guard = visits.get(held);
        assert_eq!(free(), (true, false), "Ref");
        drop(guard);
        let guard = visits.get_mut(held);
        assert_eq!(free(), (false, false), "RefMut");
        drop(guard);
        let guard = visits.entry(held.to_owned());
        assert_eq!(free(), (false, false), "Entry");
        drop(guard);
        assert_eq!(free(), (true, true), "no guard");
    });
}

#[test]
fn a_guard_in_the_head_of_a_match_lives_to_its_end() {
    within(PATIENT, || {
        let (visits, [page, _]) = visits_and_shard_mates();
        let writable = || visits.try_entry(page.to_owned()).is_some();
        let in_the_head = match *visits.get(page).expect("the page exists") {
            100 => writable(),
            other => panic!("the count is {other}"),
        };
        let count = *visits.get(page).expect("the page exists");
        let copied_before = match count {
            100 => writable(),
            other => panic!("the count is {other}"),
        };
        assert_eq!((in_the_head, copied_before), (false, true));
    });
}

#[test]
fn a_guard_across_the_await_is_locked_while_the_task_waits() {
    within(PATIENT, || {
        let (visits, [page, mate]) = visits_and_shard_mates();
        for watched in [page, mate] {
            let holding = remove_holding(&visits, page, pending::<()>());
            assert!(locked_while_pending(&visits, watched, holding));
            let after = remove_after(&visits, page, pending::<()>());
            assert!(!locked_while_pending(&visits, watched, after));
        }
        assert!(
            !visits.try_get(page).is_locked(),
            "a dropped future drops its guard"
        );
    });
}

#[test]
fn a_guard_across_the_await_stops_the_one_that_would_wake_it() {
    let (visits, [page, _]) = visits_and_shard_mates();
    let theirs = Arc::clone(&visits);
    assert!(is_stuck(SHORT, move || {
        let (approval, approved) = oneshot::channel();
        let remove = remove_holding(&theirs, page, approved);
        block_on(async {
            futures::join!(remove, approve(&theirs, page, approval))
        });
    }));
    within(PATIENT, move || {
        while !visits.try_get(page).is_locked() {
            thread::yield_now();
        }
    });
}

#[test]
fn a_guard_after_the_await_lets_both_end() {
    let (visits, [page, _]) = visits_and_shard_mates();
    let theirs = Arc::clone(&visits);
    within(PATIENT, move || {
        let (approval, approved) = oneshot::channel();
        let remove = remove_after(&theirs, page, approved);
        block_on(async {
            futures::join!(remove, approve(&theirs, page, approval))
        });
    });
    assert_eq!(counts(&visits, [page, page]), [90, 90]);
}

#[test]
fn a_future_that_holds_a_guard_is_send() {
    fn send<T: Send>(_: T) {}
    let (visits, [page, _]) = visits_and_shard_mates();
    send(remove_holding(&visits, page, pending::<()>()));
}
