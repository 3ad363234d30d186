use super::figures::{CONTROLS, Measured, WAYS};
use super::stage::spell;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use witness::{PATIENT, Rendezvous, within};

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("there is room for them")
}

fn counts<'a>(words: &[(&'a str, u64)]) -> Counts<'a> {
    words.iter().copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_ways_agree(
        pages in prop::collection::vec("([a-dé]{1,2}[ ,.]{1,2}){0,60}", 0..12),
        threads in 1..5_usize,
    ) {
        let mut expected = BTreeMap::<&str, u64>::new();
        for word in pages.iter().flat_map(|page| page.split([' ', ',', '.'])) {
            if !word.is_empty() {
                *expected.entry(word).or_default() += 1;
            }
        }
        let pool = pool(threads);
        for way in WAYS.iter().chain(&CONTROLS) {
            let counted: BTreeMap<&str, u64> = (way.run)(&pages, &pool).1.into_iter().collect();
            prop_assert_eq!(&counted, &expected, "{}", way.name);
        }
    }

    #[test]
    fn the_order_of_merging_does_not_matter(
        maps in prop::array::uniform3(prop::collection::hash_map(0..9_usize, 1..99_u64, 0..9)),
    ) {
        let names: Vec<String> = (0..9).map(spell).collect();
        let [a, b, c] = maps.map(|map| -> Counts<'_> {
            map.into_iter().map(|(name, count)| (names[name].as_str(), count)).collect()
        });
        let left = merge(merge(a.clone(), b.clone()), c.clone());
        prop_assert_eq!(&left, &merge(a.clone(), merge(b.clone(), c.clone())));
        prop_assert_eq!(&left, &merge(c, merge(b, a)));
    }
}

#[test]
fn merging_adds_and_forgets_nobody() {
    let merged = merge(
        counts(&[("a", 1), ("b", 2)]),
        counts(&[("b", 3), ("c", 4), ("d", 5)]),
    );
    assert_eq!(merged, counts(&[("a", 1), ("b", 5), ("c", 4), ("d", 5)]));
}

#[test]
fn all_threads_count_at_once_and_take_each_page_once() {
    let (mut taken, pages) = within(PATIENT, || {
        let pages: Vec<String> =
            (0..100).map(|page| page.to_string()).collect();
        let all = Rendezvous::new(3);
        let taken = on_each_thread(&pages, &pool(3), |pages| {
            all.meet(PATIENT / 2).expect("all threads have begun");
            pages.map(str::to_owned).collect::<Vec<_>>()
        });
        assert_eq!(taken.len(), 3);
        (taken.concat(), pages)
    });
    let mut expected = pages;
    taken.sort_unstable();
    expected.sort_unstable();
    assert_eq!(taken, expected);
}

#[test]
fn text_is_as_long_and_as_varied_as_asked() {
    let text = Text { words: 20_500, different: 40 };
    let pages = pages(text);
    assert_eq!(pages.len(), 11);
    assert_eq!(pages, super::pages(text), "and the same each time");
    let counts = sequential(&pages);
    assert_eq!(counts.values().sum::<u64>(), 20_500);
    assert_eq!(counts.len(), 40);
    assert!(counts["a"] > counts["b"] && counts["b"] > counts["z"]);
}

#[test]
fn no_two_numbers_have_the_same_word() {
    let words: BTreeMap<String, usize> =
        (0..20_000).map(|n| (spell(n), n)).collect();
    assert_eq!(words.len(), 20_000);
}

#[test]
fn gains_are_against_the_better_measurement_of_one_thread() {
    let measured = |one, again, unmerged| {
        let times = [one, 300, 400, 80, 120, 60, 50, unmerged, again];
        Measured::new(times.map(Duration::from_millis).to_vec())
    };
    let quiet = measured(100, 104, 52);
    let gain = |measured: &Measured| {
        measured.one_thread().gain(Duration::from_millis(50))
    };
    assert!((gain(&quiet) - 2.0).abs() < 1e-9);
    assert!((gain(&measured(104, 100, 52)) - 2.0).abs() < 1e-9);
    assert!(quiet.is_quiet(2));
    assert!(!measured(100, 110, 52).is_quiet(2), "the same took longer");
    assert!(
        !measured(110, 100, 52).is_quiet(2),
        "the same took longer, the first time"
    );
    assert!(!measured(100, 100, 80).is_quiet(2), "one of the cores was busy");
    assert!(!quiet.is_quiet(4), "two of the cores were busy");
    let table =
        quiet.table(Text { words: 1_000_000, different: 16 }).to_string();
    let last = table.lines().last().expect("the second control");
    assert_eq!(
        last.split_whitespace().collect::<Vec<_>>().join(" "),
        "one thread, again 104.0 0.96"
    );
}
