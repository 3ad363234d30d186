use super::*;
use crate::testing::pool;
use proptest::prelude::*;

/// Eight numbers whose sum depends on the order of the additions: 1e16 + 1 is
/// 1e16.
const CANCELING: [f64; 8] = [1e16, 1.0, -1e16, 1.0, 0.0, 0.0, 0.0, 0.0];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn chunked_sums_agree_to_the_last_bit(
        numbers in prop::collection::vec(-1e12..1e12, 0..3_000),
        size in 1_usize..400,
    ) {
        let serial = chunked_sum(&numbers, size).to_bits();
        for threads in 1..=16 {
            let parallel = pool(threads).install(|| par_chunked_sum(&numbers, size));
            prop_assert_eq!(parallel.to_bits(), serial, "{} threads", threads);
        }
    }
}

#[test]
fn floats_in_any_pieces_depend_on_the_number_of_threads() {
    let sums = [1, 16]
        .map(|threads| pool(threads).install(|| par_float_sum(&CANCELING)));
    assert_eq!(sums, [1.0, 0.0]);
    assert_eq!(float_sum(&CANCELING), 1.0);
}

#[test]
fn floats_in_chunks_depend_on_the_size_alone() {
    for threads in 1..=16 {
        let sums = pool(threads)
            .install(|| [4, 2].map(|size| par_chunked_sum(&CANCELING, size)));
        assert_eq!(sums, [1.0, 0.0], "{threads} threads");
    }
}
