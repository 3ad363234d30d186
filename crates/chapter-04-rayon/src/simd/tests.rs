use super::*;
use crate::testing::pool;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn all_ways_agree_to_the_last_bit(
        whole in prop::collection::vec(-30..=30_i8, 0..5_000),
        threads in 1_usize..=7,
    ) {
        let samples: Vec<f32> = whole.iter().map(|&n| f32::from(n)).collect();
        let expected: i32 = whole.iter().map(|&n| i32::from(n).pow(2)).sum();
        let expected = expected as f32;
        prop_assert_eq!(power(&samples), expected);
        prop_assert_eq!(power_in_lanes(&samples), expected);
        prop_assert_eq!(power_of_structs(&in_structs(&samples)), expected);
        pool(threads).install(|| {
            prop_assert_eq!(par_power(&samples, power), expected);
            prop_assert_eq!(par_power(&samples, power_in_lanes), expected);
            Ok(())
        })?;
    }
}

#[test]
fn more_than_one_piece_agrees_too() {
    let samples = recorded(3 * PIECE + 5);
    let exact: f64 =
        samples.iter().map(|&it| f64::from(it) * f64::from(it)).sum();
    for power in [power, power_in_lanes] {
        assert_eq!(
            f64::from(pool(2).install(|| par_power(&samples, power))),
            exact
        );
    }
}

#[test]
fn lanes_group_the_sum_in_another_way() {
    // Of these, one by one loses each small square beside the large one.
    let mut samples = vec![4_096.0_f32; 1];
    samples.resize(LANES * 100, 0.5);
    assert_eq!(power(&samples), 16_777_216.0);
    assert!(power_in_lanes(&samples) > 16_777_216.0);
}

#[test]
fn a_sample_with_its_notes_is_eight_times_as_long() {
    assert_eq!(size_of::<Sample>(), 8 * size_of::<f32>());
}
