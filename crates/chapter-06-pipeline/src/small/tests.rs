use super::*;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use witness::{PATIENT, within};

/// The counts, in order, of `pages` pages with up to `at_once` under way; and
/// the most that were.
fn run(pages: u32, at_once: usize) -> (BTreeMap<String, usize>, usize) {
    within(PATIENT, move || {
        let runtime = Runtime::new().expect("threads start");
        let shared =
            runtime.block_on(count_all(pages, at_once)).expect("nothing fails");
        let counts = shared
            .counts
            .iter()
            .map(|entry| (entry.key().clone(), *entry.value()));
        (counts.collect(), shared.most.load(Relaxed))
    })
}

#[test]
fn the_counts_are_those_of_a_plain_loop() {
    let mut expected = BTreeMap::new();
    for page in 0..60 {
        for word in text_of(page).to_lowercase().split_whitespace() {
            *expected.entry(word.to_owned()).or_insert(0) += 1;
        }
    }
    assert_eq!(expected.values().sum::<usize>(), 60 * 2_000);
    for at_once in [1, 3, 60] {
        assert_eq!(run(60, at_once).0, expected, "{at_once} at once");
    }
}

#[test]
fn never_more_pages_are_under_way_than_there_are_permits() {
    for at_once in [1, 3, 8] {
        let most = run(60, at_once).1;
        assert!(
            (1..=at_once).contains(&most),
            "{most} under way, {at_once} permits"
        );
    }
}

#[test]
fn no_page_is_no_word() {
    assert_eq!(run(0, 8), (BTreeMap::new(), 0));
}

#[test]
fn a_page_counts_a_word_in_any_case_as_one() {
    assert_eq!(
        count("The map the\nMAP the"),
        HashMap::from([("the".into(), 3), ("map".into(), 2)])
    );
}

#[test]
fn pages_differ() {
    assert_ne!(text_of(0), text_of(1));
    assert_eq!(text_of(7).split_whitespace().count(), 2_000);
}
