use super::*;
use crate::testing::pool;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn all_ways_count_the_same_votes(
        votes in prop::collection::vec(prop::collection::vec(0..4_u8, 0..60), 0..40),
        threads in 1_usize..=16,
    ) {
        let boxes: Vec<_> =
            votes.into_iter().map(|votes| BallotBox { number: 0, votes }).collect();
        let all: Vec<u8> = boxes.iter().flat_map(|one| one.votes.clone()).collect();
        let by_hand: Tally = std::array::from_fn(|candidate| {
            all.iter().filter(|&&vote| usize::from(vote) == candidate).count() as u64
        });
        // A timeline records the whole process: whoever makes spans takes a turn.
        let _turn = timeline::timeline("twins");
        pool(threads).install(|| {
            prop_assert_eq!(tally(&boxes), by_hand);
            prop_assert_eq!(par_tally(&boxes), by_hand);
            prop_assert_eq!(par_tally_locked(&boxes).tally, by_hand);
            Ok(())
        })?;
    }
}

#[test]
fn fold_makes_a_tally_per_piece() {
    let boxes: Vec<BallotBox> = (0..8).map(|number| filled(number, 10)).collect();
    let _turn = timeline::timeline("test");
    let tallies =
        |threads| -> Vec<Tally> { pool(threads).install(|| par_tallies(&boxes).collect()) };
    // One thread cuts the eight in two, sixteen cut them into single boxes.
    assert_eq!(tallies(1), [tally(&boxes[..4]), tally(&boxes[4..])]);
    let single: Vec<Tally> = boxes.iter().map(|one| tally(std::slice::from_ref(one))).collect();
    assert_eq!(tallies(16), single);
}

#[test]
fn the_shared_tally_is_locked_for_every_vote() {
    let boxes: Vec<BallotBox> = (0..8).map(|number| filled(number, 1_000)).collect();
    let _turn = timeline::timeline("test");
    for threads in [1, 2, 16] {
        let shared = pool(threads).install(|| par_tally_locked(&boxes));
        assert_eq!(shared.locked, 8_000);
    }
}

#[test]
fn every_box_is_a_row() {
    let boxes: Vec<BallotBox> = (70..74).map(|number| filled(number, 10)).collect();
    let timeline = timeline::timeline("test");
    pool(2).install(|| {
        par_tally(&boxes);
        par_tally_locked(&boxes);
    });
    let recording = timeline.finish();
    for one in &boxes {
        let label = format!("count box={}", one.number);
        let rows = recording.rows.iter().filter(|row| row.label() == label);
        assert_eq!(rows.map(|row| row.stays.len()).collect::<Vec<_>>(), [1, 1]);
    }
}
