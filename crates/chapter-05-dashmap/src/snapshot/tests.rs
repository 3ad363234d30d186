use super::*;
use witness::{Drops, PATIENT, within};

#[test]
fn readers_see_the_old_prices_or_the_new_ones_and_never_half() {
    within(PATIENT, || {
        let prices = ArcSwap::from_pointee(Prices::of(1));
        let read = || {
            let mut seen = 0;
            while seen < 10_000 {
                let now = prices.load();
                assert_eq!(**now, Prices::of(now.hour));
                assert!(now.hour >= seen, "time does not go back");
                seen = now.hour;
            }
        };
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(read);
            }
            (2..=10_000)
                .for_each(|hour| prices.store(Arc::new(Prices::of(hour))));
        });
    });
}

#[test]
fn a_reader_keeps_neither_the_writer_nor_the_next_reader_waiting() {
    within(PATIENT, || {
        let prices = ArcSwap::from_pointee(Prices::of(9));
        let (reader, mine) = (prices.load(), prices.load_full());
        on_another_thread(|| prices.store(Arc::new(Prices::of(10))));
        assert_eq!(on_another_thread(|| prices.load().hour), 10);
        assert_eq!((reader.hour, mine.hour), (9, 9));
    });
}

#[test]
fn a_reader_of_locked_prices_keeps_the_writer_waiting() {
    let prices = RwLock::new(Prices::of(9));
    let reader = prices.read().expect("nobody panics");
    assert!(on_another_thread(|| prices.try_write().is_err()));
    drop(reader);
    assert!(on_another_thread(|| prices.try_write().is_ok()));
}

#[test]
fn the_old_snapshot_ends_with_its_last_reader() {
    let drops = Drops::new();
    let shared = ArcSwap::from_pointee(drops.guard());
    let [first, second] = [shared.load_full(), shared.load_full()];
    shared.store(Arc::new(drops.guard()));
    drop(first);
    assert_eq!((drops.alive(), drops.count()), (2, 0));
    drop(second);
    assert_eq!((drops.alive(), drops.count()), (1, 1));
}

#[test]
fn two_loads_mix_two_hours_and_one_load_does_not() {
    let mixed = ArcSwap::from_pointee(Prices::of(9));
    let change = || mixed.store(Arc::new(Prices::of(10)));
    assert_eq!(saved_in_two_loads(&mixed, change), 1_800 - 1_900);
    let whole = ArcSwap::from_pointee(Prices::of(9));
    let change = || whole.store(Arc::new(Prices::of(10)));
    assert_eq!(saved(&whole, change), 1_800 - 1_710);
    assert_eq!(whole.load().hour, 10);
}

#[test]
fn a_stored_copy_loses_an_update_and_rcu_does_not() {
    let lost = ArcSwap::from_pointee(Prices::of(9));
    raise_and_store(&lost, 5, || raise(&lost, 1, || ()));
    assert_eq!(lost.load().ticket, 905);

    let raised = within(PATIENT, || {
        let prices = ArcSwap::from_pointee(Prices::of(9));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..1_000)
                        .for_each(|_| raise(&prices, 1, thread::yield_now))
                });
            }
        });
        prices.load().ticket
    });
    assert_eq!(raised, 900 + 4_000);
}
