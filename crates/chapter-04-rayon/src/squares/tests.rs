use super::figures::*;
use super::*;
use crate::testing::pool;
use lessons::measure::Control;
use proptest::prelude::*;
use rayon::ThreadPool;
use std::time::Duration;
use witness::{PATIENT, Rendezvous, within};

fn filled(pool: &ThreadPool, arm: Arm, numbers: &[u32]) -> Vec<u64> {
    let mut into = Vec::new();
    arm(pool, numbers, &mut into);
    into
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_twins_agree(
        numbers in prop::collection::vec(any::<u32>(), 0..3_000),
        threads in 1_usize..=16,
        size in 1_usize..4_000,
    ) {
        let small: Vec<u32> = numbers.iter().map(|n| n % 1_000).collect();
        // A timeline records the whole process: whoever makes spans takes a
        // turn.
        let _turn = timeline::timeline("twins");
        let pool = pool(threads);
        let [serial, parallel] = SQUARES.map(|arm| filled(&pool, arm, &numbers));
        prop_assert_eq!(&parallel, &serial);
        let pieces: Vec<u64> =
            pool.install(|| par_squares(&numbers).with_min_len(size).collect());
        prop_assert_eq!(&pieces, &serial);
        prop_assert_eq!(&pool.install(|| par_squares_by_chunk(&numbers, size)), &serial);
        let [serial, parallel] = SUMS.map(|arm| filled(&pool, arm, &small));
        prop_assert_eq!(parallel, serial);
    }
}

#[test]
fn the_largest_number_has_a_square() {
    assert!(squares(&[u32::MAX]).eq([0xFFFF_FFFE_0000_0001]));
}

#[test]
fn sums_of_two_squares_are_counted_once() {
    assert!(sums(&[0, 1, 3, 4, 25, 50, 65]).eq([1, 1, 0, 1, 2, 2, 2]));
}

#[test]
fn pieces_are_no_smaller_than_asked_and_miss_nothing() {
    let numbers = [7; 10_000];
    pool(4).install(|| {
        assert_eq!(pieces(&numbers[..10], 10), [10]);
        assert!(pieces(&numbers[..10], 1).len() > 1);
        let cut = pieces(&numbers, 1_000);
        assert!(cut.len() > 1, "{cut:?}");
        assert!(cut.iter().all(|&length| length >= 1_000), "{cut:?}");
        assert_eq!(cut.iter().sum::<usize>(), 10_000);
    });
}

/// Whether two squares are there at the same instant, on a pool of `threads`,
/// in pieces of at least `min_len`.
fn meet(threads: usize, min_len: usize, deadline: Duration) -> [bool; 2] {
    let pair = Rendezvous::new(2);
    let met: Vec<bool> = pool(threads).install(|| {
        par_squares(&[1, 2])
            .map(|_| pair.meet(deadline).is_ok())
            .with_min_len(min_len)
            .collect()
    });
    [met[0], met[1]]
}

#[test]
fn two_squares_are_computed_at_the_same_instant() {
    let met = within(PATIENT, || meet(2, 1, PATIENT / 2));
    assert_eq!(met, [true, true]);
}

#[test]
fn one_thread_or_one_piece_computes_one_after_another() {
    let short = Duration::from_millis(10);
    assert_eq!(meet(1, 1, short), [false, false]);
    assert_eq!(meet(2, 2, short), [false, false]);
}

#[test]
fn every_chunk_runs_on_a_thread_of_the_pool() {
    let numbers: Vec<u32> = (0..80).collect();
    let timeline = timeline::timeline("test");
    pool(2).install(|| par_squares_by_chunk(&numbers, 10));
    let recording = timeline.finish();
    assert_eq!(recording.named("square").count(), 8);
    assert!(recording.threads.iter().all(|name| name.starts_with("rayon ")));
}

/// Measured in microseconds: on one thread, again, and in parallel.
fn measured(items: usize, times: [u64; 3]) -> Row {
    let [one, again, parallel] = times.map(Duration::from_micros);
    Row { items, serial: Control::new(one, again), parallel }
}

#[test]
fn it_pays_from_where_all_larger_sizes_gain() {
    let lucky_once = [
        measured(10, [9, 9, 8]),
        measured(100, [50, 50, 70]),
        measured(1_000, [500, 510, 300]),
        measured(10_000, [5_000, 5_000, 2_600]),
    ];
    assert_eq!(verdict(&lucky_once), "parallel pays from 1,000 items on");
    let never = "parallel was not faster at the largest size";
    assert_eq!(verdict(&lucky_once[..2]), never);
    // Faster than one of the two measurements on one thread is not faster.
    assert_eq!(verdict(&[measured(10, [100, 90, 95])]), never);
    // Nor is what rounds to 1.0.
    assert_eq!(verdict(&[measured(10, [100, 100, 97])]), never);
}

#[test]
fn a_noisy_machine_gets_no_verdict() {
    let noisy = [measured(10, [100, 200, 10]), measured(100, [100, 100, 10])];
    assert!(verdict(&noisy).starts_with("too busy to tell"));
}

#[test]
fn a_row_is_measured_at_its_size() {
    let (row, cells) = row(&pool(1), 100, SQUARES);
    assert_eq!((row.items, cells[0].trim()), (100, "100"));
    assert!(
        row.serial.best() > Duration::ZERO && row.parallel > Duration::ZERO
    );
}
