use super::*;
use crate::testing::pool;

/// The length of a cache line on most machines. Nobody has shorter ones.
const LINE: usize = 64;

fn line(counter: &AtomicU64) -> usize {
    counter as *const AtomicU64 as usize / LINE
}

#[test]
fn side_by_side_is_one_line_and_apart_are_two() {
    let (together, apart) = (Together::default(), Apart::default());
    assert_eq!(offset_of!(Together, right), 8);
    assert_eq!(line(&together.left), line(&together.right));
    assert!(offset_of!(Apart, right) >= 2 * LINE);
    // Not even on two lines that are fetched together.
    assert!(line(&apart.right.0) - line(&apart.left.0) >= 2);
    assert_eq!(size_of::<OwnLine<u8>>(), 128);
}

#[test]
fn no_addition_is_lost_in_any_layout() {
    let (together, apart) = (Together::default(), Apart::default());
    pool(2).install(|| {
        count(10_000, &together.left, &together.right);
        count(10_000, &apart.left.0, &apart.right.0);
        count_locally(10_000, &apart.left.0, &apart.right.0);
    });
    let counted =
        [&together.left, &together.right, &apart.left.0, &apart.right.0];
    let counted = counted.map(|counter| counter.load(Ordering::Relaxed));
    assert_eq!(counted, [10_000, 10_000, 20_000, 20_000]);
}
