use super::*;
use crate::testing::pool;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whole_numbers_agree_on_any_number_of_threads(
        grams in prop::collection::vec(any::<i32>(), 0..3_000),
        positive in prop::collection::vec(0..=i32::MAX / 1_000, 0..3_000),
        empty in 0..1_000_i64,
        threads in 1_usize..=16,
    ) {
        pool(threads).install(|| {
            prop_assert_eq!(par_sum(&grams), sum(&grams));
            prop_assert_eq!(par_boxed(&grams, empty), boxed(&grams, empty));
            prop_assert_eq!(par_mean(&grams), mean(&grams));
            let total = i32::try_from(sum(&positive)).ok();
            prop_assert_eq!(checked_sum(&positive), total);
            prop_assert_eq!(par_checked_sum(&positive), total);
            Ok(())
        })?;
    }
}

#[test]
fn an_i32_is_too_narrow_however_many_threads_agree() {
    let grams: Vec<i32> = (1..=65_536).collect();
    assert_eq!(sum(&grams), 2_147_516_416);
    for threads in 1..=16 {
        for sum in [narrow_sum, par_narrow_sum] {
            let sum =
                panic::catch_unwind(|| pool(threads).install(|| sum(&grams)));
            if cfg!(debug_assertions) {
                assert!(sum.is_err());
            } else {
                assert_eq!(sum.expect("unchecked"), -2_147_450_880);
            }
        }
        assert_eq!(pool(threads).install(|| par_checked_sum(&grams)), None);
    }
}

#[test]
fn with_numbers_of_both_signs_the_check_depends_on_the_grouping() {
    let grams = [i32::MAX, 0, 1, -1, 0, 0, 0, 0];
    // One thread cuts the eight in two, sixteen cut them into single numbers.
    let checked = [1, 16]
        .map(|threads| pool(threads).install(|| par_checked_sum(&grams)));
    assert_eq!(checked, [None, Some(i32::MAX)]);
    assert_eq!(checked_sum(&grams), None);
    let wide = [1, 16].map(|threads| pool(threads).install(|| par_sum(&grams)));
    assert_eq!(wide, [i64::from(i32::MAX); 2]);
}

#[test]
fn an_identity_that_is_none_is_added_once_per_piece() {
    let grams = [100; 10];
    for threads in 1..=16 {
        let wrong = pool(threads).install(|| par_many_boxes(&grams, 500));
        let boxes = (wrong - 1_000) / 500;
        assert!((2..=10).contains(&boxes), "{threads} threads: {boxes} boxes");
        assert_eq!(wrong, 1_000 + boxes * 500);
    }
    // One thread cuts the ten in two, sixteen cut them into single numbers.
    let wrong = [1, 16]
        .map(|threads| pool(threads).install(|| par_many_boxes(&grams, 500)));
    assert_eq!(wrong, [1_000 + 2 * 500, 1_000 + 10 * 500]);
}

#[test]
fn a_mean_of_means_depends_on_the_grouping() {
    let grams = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000];
    let parallel =
        |threads| pool(threads).install(|| par_mean_of_means(&grams));
    let wrong = [mean_of_means(&grams), parallel(1), parallel(16)];
    assert!(wrong[0] != wrong[1] && wrong[1] != wrong[2], "{wrong:?}");
    assert_eq!(mean(&grams), Some(550.0));
    assert!(!wrong.contains(&Some(550.0)), "{wrong:?}");
    assert_eq!((mean(&[]), par_mean(&[])), (None, None));
}
