use super::*;

const OBSERVED: Observation = Observation {
    permits: 100,
    max_permits: MAX_PERMITS,
    available: 0,
    waiting: 0,
    threads: 2,
    memory: 0,
    latency: Duration::from_millis(97),
    each: Some(Duration::from_millis(1)),
};

#[test]
fn a_dry_pool_adds_permits_and_a_pile_takes_some_away() {
    assert_eq!(next_limit(OBSERVED), 200);
    assert_eq!(next_limit(Observation { waiting: 5, ..OBSERVED }), 100);
    assert_eq!(
        next_limit(Observation { permits: 800, waiting: 17, ..OBSERVED }),
        700
    );
    assert_eq!(
        next_limit(Observation { available: 1, ..OBSERVED }),
        100,
        "more permits would stay unused"
    );
}

#[test]
fn never_more_than_twice_what_the_model_asks_for() {
    // 2 * (1 + 100 / 1) = 202 are needed.
    assert_eq!(next_limit(Observation { permits: 300, ..OBSERVED }), 404);
    assert_eq!(next_limit(Observation { permits: 500, ..OBSERVED }), 500);
    let slow = Observation {
        each: Some(Duration::from_millis(50)),
        permits: 8,
        ..OBSERVED
    };
    assert_eq!(next_limit(slow), 12);
}

#[test]
fn a_pile_that_shrinks_leaves_enough_for_the_pool() {
    // 2 * (1 + 100 / 1) = 202 are needed, and twice as many are wanted.
    let mut permits = 1_000;
    for _ in 0..1_000 {
        permits =
            next_limit(Observation { permits, waiting: 1_000, ..OBSERVED });
    }
    assert_eq!(permits, 404);
    assert_eq!(
        next_limit(Observation { waiting: 1_000, ..OBSERVED }),
        100,
        "a pile adds nothing"
    );
}

#[test]
fn there_are_never_too_many_and_never_too_few() {
    let far = Observation { latency: Duration::from_secs(60), ..OBSERVED };
    assert_eq!(
        next_limit(Observation { permits: MAX_PERMITS, ..far }),
        MAX_PERMITS
    );
    assert_eq!(
        next_limit(Observation { permits: MAX_PERMITS - 1, ..far }),
        MAX_PERMITS
    );
    assert_eq!(next_limit(Observation { memory: MEMORY, ..OBSERVED }), 100);
    let mut permits = MAX_PERMITS;
    for _ in 0..1_000 {
        permits = next_limit(Observation {
            permits,
            waiting: 1_000,
            memory: MEMORY,
            ..OBSERVED
        });
    }
    assert!((4..12).contains(&permits), "{permits}");
}
