use super::*;
use crate::testing::pool;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn all_ways_count_the_same_parcels(
        parcels in prop::collection::vec(prop::collection::vec(0..4_u8, 0..60), 0..40),
        threads in 1_usize..=16,
    ) {
        let depots: Vec<_> =
            parcels.into_iter().map(|parcels| Depot { number: 0, parcels }).collect();
        let all: Vec<u8> = depots.iter().flat_map(|depot| depot.parcels.clone()).collect();
        let by_hand: Tally = std::array::from_fn(|zone| {
            all.iter().filter(|&&to| usize::from(to) == zone).count() as u64
        });
        // A timeline records the whole process: whoever makes spans takes a
        // turn.
        let _turn = timeline::timeline("twins");
        pool(threads).install(|| {
            prop_assert_eq!(tally(&depots), by_hand);
            prop_assert_eq!(par_tally(&depots), by_hand);
            prop_assert_eq!(par_tally_locked(&depots).tally, by_hand);
            Ok(())
        })?;
    }
}

#[test]
fn fold_makes_a_tally_per_piece() {
    let depots: Vec<Depot> = (0..8).map(|number| filled(number, 10)).collect();
    let _turn = timeline::timeline("test");
    let tallies = |threads| -> Vec<Tally> {
        pool(threads).install(|| par_tallies(&depots).collect())
    };
    // One thread cuts the eight in two, sixteen cut them into single depots.
    assert_eq!(tallies(1), [tally(&depots[..4]), tally(&depots[4..])]);
    let single: Vec<Tally> =
        depots.iter().map(|depot| tally(std::slice::from_ref(depot))).collect();
    assert_eq!(tallies(16), single);
}

#[test]
fn the_shared_tally_is_locked_for_every_parcel() {
    let depots: Vec<Depot> =
        (0..8).map(|number| filled(number, 1_000)).collect();
    let _turn = timeline::timeline("test");
    for threads in [1, 2, 16] {
        let shared = pool(threads).install(|| par_tally_locked(&depots));
        assert_eq!(shared.locked, 8_000);
    }
}

#[test]
fn every_depot_is_a_row() {
    let depots: Vec<Depot> =
        (70..74).map(|number| filled(number, 10)).collect();
    let timeline = timeline::timeline("test");
    pool(2).install(|| {
        par_tally(&depots);
        par_tally_locked(&depots);
    });
    let recording = timeline.finish();
    for depot in &depots {
        let label = format!("count depot={}", depot.number);
        let rows = recording.rows.iter().filter(|row| row.label() == label);
        assert_eq!(rows.map(|row| row.stays.len()).collect::<Vec<_>>(), [1, 1]);
    }
}
