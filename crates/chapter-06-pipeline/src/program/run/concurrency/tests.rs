use super::*;

const LOOK: Look = Look {
    places: 100,
    most: MOST,
    free: 0,
    waiting: 0,
    threads: 2,
    memory: 0,
    latency: Duration::from_millis(97),
    each: Some(Duration::from_millis(1)),
};

#[test]
fn a_dry_pool_opens_places_and_a_pile_closes_some() {
    assert_eq!(next(LOOK), 200);
    assert_eq!(next(Look { waiting: 5, ..LOOK }), 100);
    assert_eq!(next(Look { places: 800, waiting: 17, ..LOOK }), 700);
    assert_eq!(next(Look { free: 1, ..LOOK }), 100, "more places would stay empty");
}

#[test]
fn never_more_than_twice_what_the_model_asks_for() {
    // 2 * (1 + 100 / 1) = 202 are needed.
    assert_eq!(next(Look { places: 300, ..LOOK }), 404);
    assert_eq!(next(Look { places: 500, ..LOOK }), 500);
    let slow = Look { each: Some(Duration::from_millis(50)), places: 8, ..LOOK };
    assert_eq!(next(slow), 12);
}

#[test]
fn a_pile_that_shrinks_leaves_enough_for_the_pool() {
    // 2 * (1 + 100 / 1) = 202 are needed, and twice as many are wanted.
    let mut places = 1_000;
    for _ in 0..1_000 {
        places = next(Look { places, waiting: 1_000, ..LOOK });
    }
    assert_eq!(places, 404);
    assert_eq!(next(Look { waiting: 1_000, ..LOOK }), 100, "a pile opens nothing");
}

#[test]
fn there_are_never_too_many_and_never_too_few() {
    let far = Look { latency: Duration::from_secs(60), ..LOOK };
    assert_eq!(next(Look { places: MOST, ..far }), MOST);
    assert_eq!(next(Look { places: MOST - 1, ..far }), MOST);
    assert_eq!(next(Look { memory: MEMORY, ..LOOK }), 100);
    let mut places = MOST;
    for _ in 0..1_000 {
        places = next(Look { places, waiting: 1_000, memory: MEMORY, ..LOOK });
    }
    assert!((4..12).contains(&places), "{places}");
}
