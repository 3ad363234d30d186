use super::stage::{Found, counts_while_guests_move};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use witness::{Log, PATIENT, Rendezvous, within};

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn who_moves_to_where_the_count_has_been_is_not_counted() {
    // She was in the hotel all the time, and so was Bob.
    let counted =
        within(PATIENT, || counted_while_ada_moves(take_then_leave, true));
    assert_eq!(counted, 1);
}

#[test]
fn who_moves_to_where_the_count_will_be_is_counted_twice() {
    // She was never in two rooms.
    let counted =
        within(PATIENT, || counted_while_ada_moves(leave_then_take, false));
    assert_eq!(counted, 3);
}

#[test]
fn one_lock_around_all_counts_what_was_there() {
    assert_eq!(within(PATIENT, counted_while_ada_waits), 2);
}

#[test]
fn the_count_holds_the_shard_it_stands_in_and_no_other() {
    let locked = within(PATIENT, || {
        let (hotel, rooms) = hotel_and_three_rooms();
        for room in rooms {
            hotel.insert(room, "somebody".to_owned());
        }
        let log = Log::new();
        let look = || rooms.map(|room| hotel.try_get_mut(&room).is_locked());
        count(&hotel, |_| {
            let other = thread::scope(|scope| scope.spawn(look).join());
            log.push(other.expect("looking does not panic"));
        });
        log.events()
    });
    assert_eq!(
        locked,
        [[true, false, false], [false, true, false], [false, false, true]]
    );
}

#[test]
fn who_stays_is_counted_once_and_who_moves_within_bounds() {
    let found = within(PATIENT, || counts_while_guests_move(3, 200));
    assert_eq!(found.len(), 200);
    for Found { residents, movers } in found {
        assert_eq!(residents, 1_000);
        assert!(movers <= 30, "no more than the rooms they go through");
    }
}

#[test]
fn removing_in_the_loop_gets_stuck_with_the_shard_locked() {
    let hotel = Arc::new(Hotel::new());
    hotel.insert(1, "Ada".to_owned());
    let ours = Arc::clone(&hotel);
    assert!(is_stuck(SHORT, move || check_out_in_the_loop(&ours, |_| true)));
    // However slow the machine: until the iteration has come to her room, this
    // waits.
    within(PATIENT, move || {
        while !hotel.try_get_mut(&1).is_locked() {
            thread::yield_now();
        }
    });
    // It is the removal: an iteration that removes nobody ends.
    let hotel = Hotel::from_iter([(1, "Ada".to_owned())]);
    within(PATIENT, move || check_out_in_the_loop(&hotel, |_| false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn retain_keeps_those_who_stay(guests: BTreeSet<u8>, leaving: BTreeSet<u8>) {
        let hotel: Hotel = guests.iter().map(|&n| (n.into(), n.to_string())).collect();
        let goes = |guest: &str| guest.parse().is_ok_and(|n: u8| leaving.contains(&n));
        check_out(&hotel, goes);
        let left: BTreeSet<u32> = hotel.into_iter().map(|(room, _)| room).collect();
        let expected = guests.difference(&leaving).map(|&n| n.into()).collect();
        prop_assert_eq!(left, expected);
    }

    #[test]
    fn the_twins_call_everybody_once(rooms: BTreeSet<u32>) {
        let hotel: Hotel = rooms.iter().map(|&room| (room, String::new())).collect();
        let called = |wake: &dyn Fn(Log<u32>)| {
            let log = Log::new();
            wake(log.clone());
            let mut called = log.events();
            called.sort_unstable();
            called
        };
        let expected: Vec<u32> = rooms.into_iter().collect();
        prop_assert_eq!(&called(&|log| wake(&hotel, |room| log.push(room))), &expected);
        prop_assert_eq!(&called(&|log| par_wake(&hotel, |room| log.push(room))), &expected);
    }
}

/// Two guests in two shards, who can be called only at the same time. How many
/// were?
fn called_at_once(
    deadline: Duration,
    wake: impl FnOnce(&Hotel, &(dyn Fn(u32) + Sync)),
) -> usize {
    let (hotel, [first, _, last]) = hotel_and_three_rooms();
    for room in [first, last] {
        hotel.insert(room, "somebody".to_owned());
    }
    let (pair, log) = (Rendezvous::new(2), Log::new());
    wake(&hotel, &|_| log.push(pair.meet(deadline).is_ok()));
    log.events().into_iter().filter(|met| *met).count()
}

#[test]
fn par_iter_is_in_two_shards_at_once() {
    let met = within(PATIENT * 2, || {
        let pool = ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .expect("two threads");
        called_at_once(PATIENT / 2, |hotel, call| {
            pool.install(|| par_wake(hotel, call))
        })
    });
    assert_eq!(met, 2);
}

#[test]
fn iter_is_in_one_shard_at_a_time() {
    let short = Duration::from_millis(5);
    assert_eq!(
        within(PATIENT, move || called_at_once(short, |hotel, call| wake(
            hotel, call
        ))),
        0
    );
}
