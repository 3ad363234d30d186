use super::*;
use witness::{Log, PATIENT, Peak, Rendezvous, within};

#[test]
fn of_two_visits_in_two_steps_one_is_lost() {
    let count = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        counted(2, |visits| {
            get_then_insert(visits, "/", || {
                pair.meet(PATIENT / 2).expect("both have read")
            });
        })
    });
    assert_eq!(count, 1);
}

#[test]
fn many_threads_lose_nothing_in_one_step() {
    let counts = within(PATIENT, || {
        [one_step, change_or_insert].map(|step| {
            counted(8, |visits| (0..2_000).for_each(|_| step(visits, "/")))
        })
    });
    assert_eq!(counts, [16_000, 16_000]);
}

#[test]
fn inside_the_step_only_one_thread_computes() {
    let (computing, log) = (Peak::new(), Log::new());
    let (here, notes) = (computing.clone(), log.clone());
    within(PATIENT, move || {
        counted(4, |visits| {
            let count = compute_inside(visits, "/", || {
                let _computing = here.enter();
                7
            });
            notes.push(count);
        })
    });
    assert_eq!(computing.total(), 1);
    assert_eq!(log.events(), [7; 4], "all others got what the one computed");
}

#[test]
fn before_the_step_two_threads_compute_at_once() {
    let count = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        counted(2, |visits| {
            compute_before(visits, "/", || {
                pair.meet(PATIENT / 2).expect("both compute");
                7
            });
        })
    });
    assert_eq!(count, 7, "one of the two was in vain");
}

#[test]
fn the_shard_is_locked_only_while_computing_inside() {
    let locked = within(PATIENT, || {
        let (mut inside, mut before) = (false, false);
        let visits = Visits::new();
        compute_inside(&visits, "/a", || {
            inside = is_locked(&visits, "/a");
            0
        });
        compute_before(&visits, "/b", || {
            before = is_locked(&visits, "/b");
            0
        });
        [inside, before, is_locked(&visits, "/a")]
    });
    assert_eq!(locked, [true, false, false]);
}
