use super::*;
use crate::testing::pool;
use witness::{PATIENT, Rendezvous, within};

/// Parcels of 500 g, but for those that are broken or heavy.
fn parcels(count: usize, broken: &[usize], heavy: &[usize]) -> Vec<Parcel> {
    let grams = |number| match number {
        number if broken.contains(&number) => None,
        number if heavy.contains(&number) => Some(25_000),
        _ => Some(500),
    };
    (0..count).map(|number| Parcel { number, grams: grams(number) }).collect()
}

fn weighed<T>(
    threads: usize,
    work: impl FnOnce(&Scale) -> T + Send,
) -> (T, usize)
where
    T: Send,
{
    let scale = Scale::default();
    let result = pool(threads).install(|| work(&scale));
    (result, scale.weighed.into_inner())
}

#[test]
fn without_an_error_all_are_weighed_in_order() {
    let parcels = parcels(1_000, &[], &[7]);
    let expected: Vec<u32> =
        parcels.iter().filter_map(|parcel| parcel.grams).collect();
    for threads in [1, 2, 7] {
        let (weights, used) =
            weighed(threads, |scale| weights(scale, &parcels));
        assert_eq!((weights, used), (Ok(expected.clone()), 1_000));
        assert_eq!(
            weighed(threads, |scale| check(scale, &parcels)),
            (Ok(()), 1_000)
        );
        assert_eq!(
            weighed(threads, |scale| errors(scale, &parcels)),
            (vec![], 1_000)
        );
    }
}

#[test]
fn after_an_error_one_thread_weighs_no_other_parcel() {
    let parcels = parcels(1_000, &[0], &[]);
    let error = NoWeight { number: 0 };
    assert_eq!(weighed(1, |scale| weights(scale, &parcels)), (Err(error), 1));
    assert_eq!(weighed(1, |scale| check(scale, &parcels)), (Err(error), 1));
}

#[test]
fn after_a_panic_the_other_pieces_are_weighed_to_their_end() {
    let parcels = parcels(1_000, &[0], &[]);
    let _hidden =
        lessons::hide_panics(|thread, _| thread.starts_with("rayon "));
    let (caught, used) = weighed(1, |scale| {
        panic::catch_unwind(|| weights_or_panic(scale, &parcels)).is_err()
    });
    assert!(caught);
    // One thread cuts the row in two: the first piece ends, the second is
    // weighed in vain.
    assert_eq!(used, 1 + 500);
}

#[test]
fn of_two_errors_either_is_returned_and_all_are_found_in_order() {
    let parcels = parcels(1_000, &[100, 900], &[]);
    let [early, late] = [100, 900].map(|number| NoWeight { number });
    for threads in [1, 2, 7] {
        let (found, _) = weighed(threads, |scale| weights(scale, &parcels));
        assert!([Err(early), Err(late)].contains(&found), "{found:?}");
        assert_eq!(
            weighed(threads, |scale| errors(scale, &parcels)).0,
            [early, late]
        );
    }
}

#[test]
fn find_first_is_the_first_on_any_number_of_threads() {
    let parcels = parcels(1_000, &[3], &[450, 460, 990]);
    for threads in [1, 2, 7] {
        for _ in 0..100 {
            let (found, used) =
                weighed(threads, |scale| first_above(scale, &parcels, 20_000));
            assert_eq!(found, Some(&parcels[450]), "{threads} threads");
            assert!(used > 450, "all before it were looked at");
        }
        let (found, used) =
            weighed(threads, |scale| first_above(scale, &parcels, 30_000));
        assert_eq!((found, used), (None, 1_000));
    }
    assert_eq!(weighed(1, |scale| first_above(scale, &parcels, 20_000)).1, 451);
}

#[test]
fn find_any_may_find_a_later_one_and_find_first_never_does() {
    // Number 0 is in the way of number 1 until number 3 has been found.
    let found_while_the_first_waits = |first: bool| {
        let pair = Rendezvous::new(2);
        let heavy = |&&number: &&usize| match number {
            0 => pair.meet(PATIENT / 2).is_err(),
            3 => pair.meet(PATIENT / 2).is_ok(),
            number => number == 1,
        };
        let numbers = [0, 1, 2, 3].par_iter();
        if first { numbers.find_first(heavy) } else { numbers.find_any(heavy) }
            .copied()
    };
    within(PATIENT, move || {
        let pool = pool(2);
        // It is a race who comes to its next number first. At some time the
        // other wins.
        while pool.install(|| found_while_the_first_waits(false)) != Some(3) {}
        for _ in 0..100 {
            assert_eq!(
                pool.install(|| found_while_the_first_waits(true)),
                Some(1)
            );
        }
    });
}
