use super::stage::{Watch, as_clerk};
use super::*;
use witness::{PATIENT, Rendezvous, within};

fn is_locked(account: &Account) -> bool {
    account.balance.try_lock().is_err()
}

fn balances(accounts: &[Account; 2]) -> [i64; 2] {
    accounts
        .each_ref()
        .map(|account| *account.balance.lock().expect("no clerk panics"))
}

#[test]
fn in_two_orders_each_waits_for_the_other_and_the_watchdog_says_so() {
    let (circle, locked) = within(PATIENT, || {
        let (accounts, both) = (accounts(), Rendezvous::new(2));
        let circle = two_clerks(&accounts, transfer, move || {
            both.meet(PATIENT / 2).expect("both come")
        });
        (circle, accounts.each_ref().map(is_locked))
    });
    let mut waits: Vec<_> =
        circle.into_iter().flatten().map(|wait| wait.to_string()).collect();
    // The circle begins with whoever came first.
    waits.sort();
    assert_eq!(
        waits,
        [
            "clerk 1 holds Ada's account and waits for Bob's",
            "clerk 2 holds Bob's account and waits for Ada's"
        ]
    );
    assert_eq!(locked, [true, true], "they wait to the end of the process");
}

#[test]
fn in_one_order_both_end_however_often_they_try() {
    let (circles, balances) = within(PATIENT, || {
        let accounts = accounts();
        let try_once =
            |_| two_clerks(&accounts, transfer_in_order, thread::yield_now);
        let circles = (0..20).filter_map(try_once).count();
        (circles, balances(&accounts))
    });
    assert_eq!((circles, balances), (0, [500, -300]));
}

#[test]
fn in_one_order_the_lower_number_is_locked_first_whichever_way_money_goes() {
    let accounts = accounts();
    let [ada, bob] = &*accounts;
    let only_ada = || assert!(is_locked(ada) && !is_locked(bob));
    transfer_in_order(ada, bob, 10, &only_ada);
    assert_eq!(balances(&accounts), [90, 110]);
    transfer_in_order(bob, ada, 30, &only_ada);
    assert_eq!(balances(&accounts), [120, 80]);

    let only_bob = || assert!(!is_locked(ada) && is_locked(bob));
    transfer(bob, ada, 1, &only_bob);
    assert_eq!(balances(&accounts), [121, 79]);
}

#[test]
fn a_transfer_to_the_same_account_is_a_circle_of_one_unless_it_is_left_out() {
    let circle = within(PATIENT, || {
        let accounts = accounts();
        let to_herself =
            move || transfer(&accounts[0], &accounts[0], 10, &|| ());
        watched(
            vec![("clerk 1".to_owned(), to_herself)],
            Duration::from_millis(1),
        )
    });
    let waits = circle.expect("it waits for itself");
    assert_eq!(waits.len(), 1);
    assert_eq!(
        waits[0].to_string(),
        "clerk 1 holds Ada's account and waits for Ada's"
    );

    let balances = within(PATIENT, || {
        let accounts = accounts();
        let [ada, _] = &*accounts;
        transfer_in_order(ada, ada, 10, &|| ());
        balances(&accounts)
    });
    assert_eq!(balances, [100, 100]);
}

#[test]
fn under_one_lock_nobody_can_wait_with_a_lock_in_hand() {
    let balances = within(PATIENT, || {
        let bank = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for (from, to, amount) in
                [("Ada", "Bob", 1), ("Bob", "Ada", 3), ("Ada", "Ada", 5)]
            {
                let bank = &bank;
                scope.spawn(move || {
                    (0..100).for_each(|_| {
                        transfer_under_one_lock(bank, from, to, amount)
                    });
                });
            }
        });
        bank.into_inner().expect("no clerk panics")
    });
    assert_eq!(balances, BTreeMap::from([("Ada", 200), ("Bob", -200)]));
}

fn noted(waits: &[(&str, &'static str, &'static str)]) -> Watch {
    let wait = |&(clerk, holds, wants): &(&str, _, _)| Wait {
        clerk: clerk.into(),
        holds,
        wants,
    };
    Watch { waiting: Mutex::new(waits.iter().map(wait).collect()) }
}

#[test]
fn the_watch_tells_a_circle_from_a_queue() {
    let clerks = |watch: Watch| {
        let circle = within(PATIENT, move || watch.circle())?;
        Some(circle.into_iter().map(|wait| wait.clerk).collect::<Vec<_>>())
    };
    assert_eq!(clerks(noted(&[])), None);
    assert_eq!(clerks(noted(&[("1", "a", "b"), ("2", "b", "c")])), None);
    let three = [("1", "a", "b"), ("2", "b", "c"), ("3", "c", "a")];
    assert_eq!(clerks(noted(&three)).expect("a circle"), ["1", "2", "3"]);
    // The first waits for a circle without being part of it.
    let into = [("0", "z", "a"), ("1", "a", "b"), ("2", "b", "a")];
    assert_eq!(clerks(noted(&into)).expect("a circle"), ["1", "2"]);
}

#[test]
fn a_wait_that_is_over_is_no_longer_noted() {
    let (accounts, watch) = (accounts(), Arc::new(Watch::default()));
    let [ada, bob] = &*accounts;
    as_clerk(&watch, || transfer(ada, bob, 10, &|| ()));
    // It is stale notes that would make a circle of this one.
    let _waits = Watch::note(&watch, bob.owner, ada.owner);
    assert_eq!(watch.circle(), None);
}
