use super::figures::*;
use super::*;
use crate::testing::pool;
use lessons::measure::Control;
use proptest::prelude::*;
use witness::{PATIENT, Rendezvous, within};

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|sample| sample.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_twins_agree_to_the_last_bit(
        samples in prop::collection::vec(-4.0_f32..4.0, 0..3_000),
        threads in 1_usize..=16,
    ) {
        for effect in [louder, warmer] {
            let changed = |way: &dyn Fn(&mut [f32])| {
                let mut into = vec![f32::NAN; samples.len()];
                way(&mut into);
                bits(&into)
            };
            let serial = changed(&|into| apply(&samples, into, effect));
            let [parallel, late] = pool(threads).install(|| [
                changed(&|into| par_apply(&samples, into, effect)),
                changed(&|into| par_apply_late(&samples, into, effect)),
            ]);
            prop_assert!(samples.iter().map(|&s| effect(s).to_bits()).eq(serial.iter().copied()));
            prop_assert_eq!(&parallel, &serial);
            prop_assert_eq!(&late, &serial);
        }
    }
}

#[test]
fn effects_make_quiet_samples_twice_as_loud_and_none_too_loud() {
    assert_eq!(
        [0.0, 0.25, -0.25, 0.75, -3.0].map(louder),
        [0.0, 0.5, -0.5, 1.0, -1.0]
    );
    assert!((warmer(0.01) - 0.02).abs() < 1e-4);
    assert!((0..400).map(|n| warmer(n as f32 / 100.0)).is_sorted());
    assert!(warmer(-4.0) >= -1.0 && warmer(4.0) <= 1.0);
}

/// For eight samples on `threads` threads: 1.0 for those of `pair` if both were
/// being changed at one instant.
fn meet(
    threads: usize,
    late: bool,
    pair: [usize; 2],
    deadline: Duration,
) -> [f32; 2] {
    within(PATIENT, move || {
        let both = Rendezvous::new(2);
        let effect = |sample: f32| {
            let one_of_both = pair.contains(&(sample as usize));
            f32::from(one_of_both && both.meet(deadline).is_ok())
        };
        let samples: Vec<f32> = (0..8_u8).map(f32::from).collect();
        let mut into = [0.0; 8];
        pool(threads).install(|| match late {
            true => par_apply_late(&samples, &mut into, effect),
            false => par_apply(&samples, &mut into, effect),
        });
        pair.map(|sample| into[sample])
    })
}

#[test]
fn two_samples_are_changed_at_the_same_instant() {
    assert_eq!(meet(2, false, [0, 7], PATIENT / 2), [1.0, 1.0]);
    assert_eq!(meet(2, true, [2, 7], PATIENT / 2), [1.0, 1.0]);
}

#[test]
fn nobody_works_beside_the_first_quarter() {
    let short = Duration::from_millis(10);
    assert_eq!(meet(2, true, [0, 1], short), [0.0, 0.0]);
    assert_eq!(meet(2, true, [1, 7], short), [0.0, 0.0]);
    assert_eq!(meet(1, false, [0, 7], short), [0.0, 0.0]);
}

/// Times that follow the law exactly.
fn exact(serial: f64, threads: &[usize]) -> Vec<(usize, Duration)> {
    let time = |n: usize| 12.0 * (serial + (1.0 - serial) / n as f64);
    threads.iter().map(|&n| (n, Duration::from_secs_f64(time(n)))).collect()
}

#[test]
fn exact_times_give_the_share_they_were_made_with() {
    for serial in [0.0, 0.05, 0.25, 0.5, 1.0] {
        for threads in
            [&[1, 2][..], &[1, 2, 4], &[1, 2, 3, 4, 5, 6, 7, 8], &[16, 1, 64]]
        {
            let found =
                serial_share(&exact(serial, threads)).expect("two counts");
            assert!((found - serial).abs() < 1e-6, "{found} and not {serial}");
        }
    }
}

#[test]
fn least_squares_go_between_times_that_follow_no_law() {
    // Above and below the line of a quarter by the same amount, at the same
    // distance from the middle: the line stays where it is.
    let mut times = exact(0.25, &[1, 2, 2, 4]);
    times[1].1 += Duration::from_millis(600);
    times[2].1 -= Duration::from_millis(600);
    let found = serial_share(&times).expect("two counts");
    assert!((found - 0.25).abs() < 1e-6, "{found}");
    // With 8, 5 and 3 s at 1, 1/2 and 1/4 the line is 3/2 + 46/7 × (1 /
    // threads).
    let times =
        [(1, 8), (2, 5), (4, 3)].map(|(n, s)| (n, Duration::from_secs(s)));
    let found = serial_share(&times).expect("two counts");
    assert!((found - 21.0 / 113.0).abs() < 1e-6, "{found}");
}

#[test]
fn a_share_is_neither_less_than_nothing_nor_more_than_all() {
    let [better, worse] = [4, 11].map(|two| {
        [(1, 10), (2, two)].map(|(n, s)| (n, Duration::from_secs(s)))
    });
    assert_eq!(serial_share(&better), Some(0.0));
    assert_eq!(serial_share(&worse), Some(1.0));
}

#[test]
fn one_number_of_threads_makes_no_line() {
    assert_eq!(serial_share(&[]), None);
    assert_eq!(serial_share(&exact(0.5, &[2, 2])), None);
}

#[test]
fn threads_double_up_to_the_cores_and_once_beyond() {
    assert_eq!(thread_counts(1), [1, 2]);
    assert_eq!(thread_counts(2), [1, 2, 4]);
    assert_eq!(thread_counts(6), [1, 2, 4, 6, 12]);
    assert_eq!(thread_counts(8), [1, 2, 4, 8, 16]);
}

fn column([one, again, two, four]: [u64; 4]) -> Column {
    let [one, again, two, four] =
        [one, again, two, four].map(Duration::from_millis);
    Column {
        times: vec![(1, one), (2, two), (4, four)],
        control: Control::new(one, again),
    }
}

#[test]
fn a_gain_is_counted_from_the_better_of_two_measurements() {
    assert_eq!(column([120, 100, 50, 40]).gain(2), 2.0);
    assert_eq!(column([100, 120, 50, 40]).gain(4), 2.5);
    assert_eq!(column([100, 100, 50, 40]).gain(3), 0.0);
}

#[test]
fn a_machine_with_other_work_gets_no_verdict() {
    let warmer = || column([100, 101, 51, 51]);
    let late = || column([100, 100, 63, 63]);
    let flat = || column([100, 101, 99, 99]);
    assert_eq!(too_busy(&[warmer(), late(), flat()], 2), None);
    let why = |columns| too_busy(&columns, 2).expect("it is not quiet");
    let noisy = why([warmer(), late(), column([100, 120, 99, 99])]);
    assert!(noisy.contains("differ by 20 %"), "{noisy}");
    let taken = why([flat(), late(), flat()]);
    assert!(taken.contains("51 % of 2 cores"), "{taken}");
    let in_between = why([warmer(), flat(), flat()]);
    assert!(in_between.contains("98 %"), "{in_between}");
    let came_back = why([warmer(), late(), column([100, 100, 99, 55])]);
    assert!(came_back.contains("4 threads got more"), "{came_back}");
}

#[test]
fn threads_beyond_the_cores_are_not_fitted() {
    let share = column([100, 100, 50, 99]).serial_share(2).expect("two counts");
    assert!(share < 1e-9, "{share}");
    assert_eq!(column([100, 100, 50, 99]).serial_share(1), None);
}

#[test]
fn every_pass_is_measured_on_every_pool() {
    let samples = [0.5; 100];
    let passes: [(Pass, &[f32]); 2] = [
        (|from, into| par_apply(from, into, louder), &samples),
        (|from, into| par_apply(from, into, warmer), &samples[..10]),
    ];
    for column in measured(&[pool(1), pool(2)], passes) {
        assert!(column.times.iter().map(|(threads, _)| *threads).eq([1, 2]));
        assert!(column.times.iter().all(|(_, time)| *time > Duration::ZERO));
    }
}
