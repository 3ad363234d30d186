use super::*;
use crate::testing::pool;
use proptest::prelude::*;
use witness::{PATIENT, Rendezvous, within};

fn filled(way: Way, numbers: &[u32]) -> Vec<u64> {
    let mut into = Vec::new();
    way(numbers, &mut into);
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
        let noted = Threads::new();
        // A timeline records the whole process: whoever makes spans takes a turn.
        let _turn = lessons::timeline("twins");
        pool(threads).install(|| {
            let [serial, parallel] = SQUARES.map(|way| filled(way, &numbers));
            prop_assert_eq!(&parallel, &serial);
            let pieces: Vec<u64> = par_squares(&numbers).with_min_len(size).collect();
            prop_assert_eq!(&pieces, &serial);
            prop_assert_eq!(&par_squares_by_chunk(&numbers, size, &noted), &serial);
            let [serial, parallel] = SUMS.map(|way| filled(way, &small));
            prop_assert_eq!(parallel, serial);
            Ok(())
        })?;
        prop_assert!(noted.count() <= threads);
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

/// Whether two squares are there at the same instant, on a pool of `threads`, in pieces of at
/// least `min_len`.
fn meet(threads: usize, min_len: usize, deadline: Duration) -> [bool; 2] {
    let pair = Rendezvous::new(2);
    let met: Vec<bool> = pool(threads).install(|| {
        par_squares(&[1, 2]).map(|_| pair.meet(deadline).is_ok()).with_min_len(min_len).collect()
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
    let threads = Threads::new();
    let timeline = lessons::timeline("test");
    pool(2).install(|| par_squares_by_chunk(&numbers, 10, &threads));
    let recording = timeline.finish();
    assert_eq!(recording.named("square").count(), 8);
    assert!(recording.threads.iter().all(|name| name.starts_with("rayon ")));
    let chunks: usize = threads.work_by_thread().iter().map(|(_, chunks)| chunks).sum();
    assert_eq!(chunks, 8);
}

fn row(items: usize, serial: u64, again: u64, parallel: u64) -> Measured {
    let [serial, again, parallel] = [serial, again, parallel].map(Duration::from_micros);
    Measured { items, serial, again, parallel }
}

#[test]
fn it_pays_from_where_all_larger_sizes_gain() {
    let lucky_once = [row(10, 9, 9, 8), row(100, 50, 50, 70), row(1_000, 500, 510, 300)];
    assert_eq!(verdict(&lucky_once, 1.25), Verdict::PaysFrom(1_000));
    assert_eq!(verdict(&lucky_once[..2], 1.25), Verdict::NoCrossover);
    // Faster than one of the two serial measurements is not faster.
    assert_eq!(verdict(&[row(10, 100, 90, 95)], 1.25), Verdict::NoCrossover);
}

#[test]
fn a_noisy_machine_gets_no_verdict() {
    let noisy = [row(10, 100, 200, 10), row(100, 100, 100, 10)];
    assert!(matches!(verdict(&noisy, 1.25), Verdict::TooNoisy(factor) if factor > 1.9));
}

#[test]
fn within_the_noise_nothing_is_faster_or_slower() {
    let table = [row(10, 100, 110, 10), row(100, 100, 100, 92)];
    assert_eq!(compared(table[1].gain(), noise(&table)), "about equal");
    assert_eq!(verdict(&table, 1.25), Verdict::NoCrossover);
    // Equal to the digit that is printed, even if the machine was quiet.
    assert_eq!(compared(0.97, noise(&[row(10, 3, 3, 3)])), "about equal");
    let [three, four] = [3, 4].map(Duration::from_nanos);
    let tiny = Measured { items: 10, serial: four, again: three, parallel: four };
    assert_eq!(noise(&[tiny]), 1.05);
    assert_eq!(compared(0.5, 1.25), "2.0× slower");
    assert_eq!(compared(1.0 / 2966.0, 1.25), "2,966× slower");
    assert_eq!(compared(1.8, 1.25), "1.8× faster");
}

#[test]
fn numbers_are_printed_in_threes() {
    let printed = [0, 999, 1_000, 1_000_000, 12_345].map(separated);
    assert_eq!(printed, ["0", "999", "1,000", "1,000,000", "12,345"]);
}

#[test]
fn a_measurement_knows_its_size() {
    let measured = measure(&pool(1), 100, SQUARES);
    assert_eq!(measured.items, 100);
    assert!(
        [measured.serial, measured.again, measured.parallel]
            .iter()
            .all(|time| *time < Duration::MAX)
    );
}
