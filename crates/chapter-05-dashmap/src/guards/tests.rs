use super::*;
use std::future::pending;
use std::iter;
use witness::{PATIENT, within};

const SHORT: Duration = Duration::from_millis(50);

/// The balances of two accounts.
fn balances(accounts: &Accounts, names: [&str; 2]) -> [i64; 2] {
    names.map(|name| *accounts.get(name).expect("the account exists"))
}

#[test]
fn a_transfer_that_holds_the_first_guard_gets_stuck_with_the_shard_locked() {
    let (accounts, [from, to]) = accounts_and_shard_mates();
    let theirs = Arc::clone(&accounts);
    assert!(is_stuck(SHORT, move || transfer_holding(&theirs, from, to, 10)));
    // However slow the machine: until the thread has taken the first guard, this waits.
    let locked = within(PATIENT, move || {
        while !accounts.try_get(to).is_locked() {
            thread::yield_now();
        }
        // It can go no further: the lock it waits for is the one it holds.
        (0..1_000).all(|_| accounts.try_get(from).is_locked())
    });
    assert!(locked);
}

#[test]
fn a_transfer_that_drops_the_first_guard_ends() {
    let (accounts, mates @ [from, to]) = accounts_and_shard_mates();
    let theirs = Arc::clone(&accounts);
    within(PATIENT, move || transfer_dropping(&theirs, from, to, 10));
    assert_eq!(balances(&accounts, mates), [90, 110]);
}

#[test]
fn a_transfer_that_tries_changes_both_or_nothing() {
    within(PATIENT, || {
        let (accounts, mates @ [from, to]) = accounts_and_shard_mates();
        assert!(!transfer_trying(&accounts, from, to, 10));
        assert_eq!(balances(&accounts, mates), [100, 100]);

        // All three may be in one shard; the next map hashes in another way.
        let (accounts, apart) = iter::repeat_with(|| accounts_and_shard_mates().0)
            .find_map(|accounts| {
                let held = accounts.get_mut("ada");
                let other = ["bob", "cyd"]
                    .into_iter()
                    .find(|other| !accounts.try_get(*other).is_locked())?;
                drop(held);
                Some((accounts, ["ada", other]))
            })
            .expect("it goes on until there is one");
        assert!(transfer_trying(&accounts, apart[0], apart[1], 10));
        assert_eq!(balances(&accounts, apart), [90, 110]);
    });
}

#[test]
fn every_guard_keeps_writers_out_of_its_shard_and_ref_lets_readers_in() {
    within(PATIENT, || {
        let (accounts, [held, mate]) = accounts_and_shard_mates();
        let free = || {
            let reading = !accounts.try_get(mate).is_locked();
            (reading, accounts.try_entry(mate.to_owned()).is_some())
        };
        let guard = accounts.get(held);
        assert_eq!(free(), (true, false), "Ref");
        drop(guard);
        let guard = accounts.get_mut(held);
        assert_eq!(free(), (false, false), "RefMut");
        drop(guard);
        let guard = accounts.entry(held.to_owned());
        assert_eq!(free(), (false, false), "Entry");
        drop(guard);
        assert_eq!(free(), (true, true), "no guard");
    });
}

#[test]
fn a_guard_in_the_head_of_a_match_lives_to_its_end() {
    within(PATIENT, || {
        let (accounts, [name, _]) = accounts_and_shard_mates();
        let writable = || accounts.try_entry(name.to_owned()).is_some();
        let in_the_head = match *accounts.get(name).expect("the account exists") {
            100 => writable(),
            other => panic!("the balance is {other}"),
        };
        let balance = *accounts.get(name).expect("the account exists");
        let copied_before = match balance {
            100 => writable(),
            other => panic!("the balance is {other}"),
        };
        assert_eq!((in_the_head, copied_before), (false, true));
    });
}

#[test]
fn a_guard_across_the_await_is_locked_while_the_task_waits() {
    within(PATIENT, || {
        let (accounts, [name, mate]) = accounts_and_shard_mates();
        for watched in [name, mate] {
            let holding = withdraw_holding(&accounts, name, pending::<()>());
            assert!(locked_while_pending(&accounts, watched, holding));
            let after = withdraw_after(&accounts, name, pending::<()>());
            assert!(!locked_while_pending(&accounts, watched, after));
        }
        assert!(!accounts.try_get(name).is_locked(), "a dropped future drops its guard");
    });
}

#[test]
fn a_guard_across_the_await_stops_the_one_that_would_wake_it() {
    let (accounts, [name, _]) = accounts_and_shard_mates();
    let theirs = Arc::clone(&accounts);
    assert!(is_stuck(SHORT, move || {
        let (approval, approved) = oneshot::channel();
        let withdraw = withdraw_holding(&theirs, name, approved);
        block_on(async { futures::join!(withdraw, approve(&theirs, name, approval)) });
    }));
    within(PATIENT, move || {
        while !accounts.try_get(name).is_locked() {
            thread::yield_now();
        }
    });
}

#[test]
fn a_guard_after_the_await_lets_both_end() {
    let (accounts, [name, _]) = accounts_and_shard_mates();
    let theirs = Arc::clone(&accounts);
    within(PATIENT, move || {
        let (approval, approved) = oneshot::channel();
        let withdraw = withdraw_after(&theirs, name, approved);
        block_on(async { futures::join!(withdraw, approve(&theirs, name, approval)) });
    });
    assert_eq!(balances(&accounts, [name, name]), [90, 90]);
}

#[test]
fn a_future_that_holds_a_guard_is_send() {
    fn send<T: Send>(_: T) {}
    let (accounts, [name, _]) = accounts_and_shard_mates();
    send(withdraw_holding(&accounts, name, pending::<()>()));
}
