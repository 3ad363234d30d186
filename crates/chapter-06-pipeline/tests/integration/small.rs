//! The small programs at the beginning of pages, as the shell sees them.

use witness::{example, printed};

const BINARY: &str = env!("CARGO_BIN_EXE_chapter-06");

#[test]
fn while_par_iter_runs_in_a_task_no_other_task_does() {
    let kept =
        include_str!("../../../../docs/src/chapter-06/small-in-a-task.txt");
    assert_eq!(printed(example(BINARY, "small-in-a-task"), &[]), kept);
    assert!(kept.contains("0 times"));
}

#[test]
fn the_sum_comes_back_from_rayon() {
    let kept = include_str!(
        "../../../../docs/src/chapter-06/bridge-there-and-back.txt"
    );
    assert_eq!(printed(example(BINARY, "there-and-back"), &[]), kept);
    // n (n + 1) (2n + 1) / 6
    assert!(kept.ends_with(&format!(
        " {}\n",
        1_000_000_u64 * 1_000_001 / 2 * 2_000_001 / 3
    )));
}

#[test]
fn a_permit_that_is_kept_until_the_work_is_done_bounds_the_memory() {
    let kept = include_str!(
        "../../../../docs/src/chapter-06/backpressure-permits.txt"
    );
    for text in
        [printed(example(BINARY, "how-long-a-permit"), &[]), kept.to_owned()]
    {
        let pages = text.lines().map(|line| {
            let (_, pages) =
                line.split_once(':').expect("a label and a number");
            pages
                .trim()
                .trim_end_matches(" pages in memory")
                .parse::<u32>()
                .expect("a number")
        });
        let [without, with] = pages.collect::<Vec<_>>()[..] else {
            panic!("{text}")
        };
        assert!(without > 4, "{text}");
        assert_eq!(with, 4, "{text}");
    }
}
