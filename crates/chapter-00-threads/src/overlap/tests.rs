use super::*;
use std::time::Duration;
use witness::{Log, Rendezvous};

/// Two jobs of three steps that note each step as it is done.
fn noted(
    log: &Log<(char, u32)>,
) -> [impl Iterator<Item = usize> + Send + use<>; 2] {
    ['a', 'b'].map(|name| {
        let log = log.clone();
        (0..3).map(move |step| {
            log.push((name, step));
            1
        })
    })
}

/// Two jobs that, in their second step, each wait for the other to be there at
/// the same time.
fn meeting(deadline: Duration) -> [impl Iterator<Item = usize> + Send; 2] {
    let rendezvous = Rendezvous::new(2);
    [(); 2].map(|()| {
        let rendezvous = rendezvous.clone();
        (0..3).map(move |step| {
            usize::from(step == 1 && rendezvous.meet(deadline).is_ok())
        })
    })
}

#[test]
fn one_after_another_finishes_the_first_before_the_second() {
    let log = Log::new();
    one_after_another(noted(&log));
    assert_eq!(
        log.events(),
        [('a', 0), ('a', 1), ('a', 2), ('b', 0), ('b', 1), ('b', 2)]
    );
}

#[test]
fn interleaved_takes_a_step_of_each_in_turn() {
    let log = Log::new();
    interleaved(noted(&log));
    assert_eq!(
        log.events(),
        [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 2), ('b', 2)]
    );
}

#[test]
fn only_two_threads_can_be_in_two_places_at_once() {
    assert_eq!(parallel(meeting(Duration::from_secs(20))), [1, 1]);
    // Nobody can come: the thread that would bring the second is the one that
    // waits.
    assert_eq!(interleaved(meeting(Duration::from_millis(10))), [0, 0]);
    assert_eq!(one_after_another(meeting(Duration::from_millis(10))), [0, 0]);
}

#[test]
fn the_timeline_tells_interleaved_from_parallel() {
    let timeline = timeline::timeline("test");
    // A timeline records the whole process: other tests have jobs 1 and 2 under
    // way.
    interleaved([primes(71, 0..4_000), primes(72, 4_000..8_000)]);
    let recording = timeline.finish();
    let [one, two] = ["count job=71", "count job=72"]
        .map(|label| recording.row(label).expect("the job was recorded"));
    assert!(one.overlaps(two) && !one.ran_beside(two));
}

#[test]
fn a_job_is_not_under_way_before_its_first_step() {
    let timeline = timeline::timeline("test");
    one_after_another([primes(73, 0..4_000), primes(74, 4_000..8_000)]);
    let recording = timeline.finish();
    let [one, two] = ["count job=73", "count job=74"]
        .map(|label| recording.row(label).expect("the job was recorded"));
    assert!(!one.overlaps(two));
}

#[test]
fn all_three_ways_find_the_same_primes() {
    let jobs = || [primes(1, 0..1_000), primes(2, 1_000..2_000)];
    assert_eq!(one_after_another(jobs()), [168, 135]);
    assert_eq!(interleaved(jobs()), [168, 135]);
    assert_eq!(parallel(jobs()), [168, 135]);
}
