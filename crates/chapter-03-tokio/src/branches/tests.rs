use super::*;
use tokio::time::timeout;
use witness::PATIENT;

const PARTS: [&str; 3] = ["soup", "bread", "cake"];

#[tokio::test(start_paused = true)]
async fn else_comes_when_both_tables_are_silent_or_enough_was_said() {
    for enough in [0, 1, 3, 9] {
        let heard =
            timeout(PATIENT, both_tables(table(PARTS), table(PARTS), enough))
                .await;
        assert_eq!(heard.expect("it ends").len(), enough.min(6));
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "all branches are disabled and there is no else branch"
)]
async fn without_else_it_panics() {
    no_else(table(PARTS), table(PARTS)).await;
}

#[tokio::test(start_paused = true)]
async fn biased_the_right_table_is_heard_when_the_left_one_is_silent() {
    for _ in 0..100 {
        let heard =
            left_first(table(["soup", "bread"]), table(["tea", "cake"])).await;
        assert_eq!(heard, ["soup", "bread", "tea", "cake"]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_biased_either_may_be_heard_first() {
    let mut first = [false; 2];
    // One of 2^100 programs that choose at random would fail here.
    for _ in 0..100 {
        let heard = both_tables(table(["soup"]), table(["tea"]), 1).await;
        first[usize::from(heard == ["tea"])] = true;
    }
    assert_eq!(first, [true, true]);
}
