use super::*;
use crate::testing::pool;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::time::Duration;
use witness::{PATIENT, Rendezvous, within};

/// Compared by rank alone: the suit shows who came first.
#[derive(Clone, Copy, Debug)]
struct Card {
    rank: u8,
    suit: u16,
}

impl Ord for Card {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Card {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Card {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Card {}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_twins_sort_like_std(
        ranks in prop::collection::vec(any::<u8>(), 0..2_000),
        cutoff in 0_usize..300,
        threads in 1_usize..=16,
    ) {
        let cards: Vec<Card> =
            ranks.into_iter().zip(0..).map(|(rank, suit)| Card { rank, suit }).collect();
        let sorted = |sort: &dyn Fn(&mut [Card])| {
            let mut cards = cards.clone();
            sort(&mut cards);
            cards.iter().map(|card| (card.rank, card.suit)).collect::<Vec<_>>()
        };
        let by_std = sorted(&|cards| cards.sort());
        prop_assert_eq!(sorted(&|cards| merge_sort(cards, cutoff)), by_std.clone());
        let pool = pool(threads);
        let parallel = sorted(&|cards| _ = pool.install(|| par_merge_sort(cards, cutoff)));
        prop_assert_eq!(parallel, by_std);
    }
}

#[test]
fn the_cutoff_decides_how_often_join_is_called() {
    for threads in [1, 2, 16] {
        let joins = |cutoff| {
            pool(threads).install(|| par_merge_sort(&mut [7; 1 << 12], cutoff))
        };
        assert_eq!(joins(1 << 12), 0);
        assert_eq!(joins(1 << 9), 7);
        // One less than there are items, and that without end would be the
        // same.
        assert_eq!([joins(1), joins(0)], [4_095; 2]);
    }
}

/// Whether the pieces of two items are solved at the same instant.
fn meet(threads: usize, cutoff: usize, deadline: Duration) -> Vec<bool> {
    let pair = Rendezvous::new(2);
    let mut met = [false; 2];
    let solve = |piece: &mut [bool]| piece.fill(pair.meet(deadline).is_ok());
    pool(threads)
        .install(|| divide_and_conquer(&mut met, cutoff, &solve, &|_, _| {}));
    met.to_vec()
}

#[test]
fn two_halves_are_solved_at_the_same_instant() {
    assert_eq!(within(PATIENT, || meet(2, 1, PATIENT / 2)), [true, true]);
}

#[test]
fn one_thread_or_one_piece_solves_alone() {
    let short = Duration::from_millis(10);
    assert_eq!(meet(1, 1, short), [false, false]);
    assert_eq!(meet(2, 2, short), [false, false]);
}

#[test]
fn the_last_merge_has_nobody_beside_it() {
    let timeline = timeline::timeline("test");
    let mut items: Vec<u32> = (0..1 << 10).map(mixed).collect();
    pool(2).install(|| par_merge_sort_seen(&mut items, 1 << 8));
    let recording = timeline.finish();
    assert!(items.is_sorted());
    let count = |name| recording.named(name).count();
    assert_eq!((count("sort"), count("merge")), (4, 3));
    let last = recording.row("merge items=1024").expect("it was merged");
    let others =
        recording.rows.iter().filter(|row| row.label() != last.label());
    assert!(
        others
            .filter(|row| row.name == "sort" || row.name == "merge")
            .all(|row| { row.end <= last.start })
    );
}
