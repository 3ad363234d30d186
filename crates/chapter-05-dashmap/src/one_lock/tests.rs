use super::*;
use proptest::prelude::*;
use std::sync::Barrier;
use std::time::Duration;
use witness::{Log, PATIENT, Peak, Rendezvous, within};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_twins_agree(logs in prop::collection::vec("([a-eA-E]{1,2} ){0,40}", 0..6)) {
        let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
        let expected = visits(&logs.concat());
        prop_assert_eq!(&work_inside(&logs, visits), &expected);
        prop_assert_eq!(&work_first(&logs, visits), &expected);
        prop_assert_eq!(&work_first_rwlock(&logs, visits), &expected);
        prop_assert_eq!(&work_first_dashmap(&logs, visits), &expected);
    }
}

/// Work that is done only if two threads do it at the same instant.
fn meeting(deadline: Duration) -> impl Fn(&str) -> Counts + Sync {
    let pair = Rendezvous::new(2);
    move |log| {
        let met = pair.meet(deadline).is_ok();
        Counts::from([(log.to_owned(), u64::from(met))])
    }
}

#[test]
fn threads_that_work_first_meet() {
    let both = Counts::from([("a".to_owned(), 1), ("b".to_owned(), 1)]);
    let met = within(PATIENT, || {
        let logs = ["a", "b"];
        [
            work_first(&logs, meeting(PATIENT / 2)),
            work_first_rwlock(&logs, meeting(PATIENT / 2)),
            work_first_dashmap(&logs, meeting(PATIENT / 2)),
        ]
    });
    assert_eq!(met, [both.clone(), both.clone(), both]);
}

#[test]
fn threads_that_work_inside_the_lock_cannot_meet() {
    let nobody = Counts::from([("a".to_owned(), 0), ("b".to_owned(), 0)]);
    let short = Duration::from_millis(10);
    assert_eq!(work_inside(&["a", "b"], meeting(short)), nobody);
}

#[test]
fn inside_the_lock_one_works_while_all_others_wait() {
    let (peak, log) = (Peak::new(), Log::new());
    let work = |day: &str| {
        let _working = peak.enter();
        log.push(("begins", day.to_owned()));
        // If anyone could come in between, now they would.
        (0..1_000).for_each(|_| thread::yield_now());
        log.push(("ends", day.to_owned()));
        Counts::new()
    };
    work_inside(&["a", "b", "c", "d"], work);
    assert_eq!((peak.max(), peak.total()), (1, 4));
    for turn in log.events().chunks(2) {
        assert_eq!(turn[0].1, turn[1].1, "nobody came in between");
    }
}

#[test]
fn one_lock_keeps_everything_and_a_sharded_map_only_a_part() {
    within(PATIENT, || {
        let others: Vec<String> =
            (0..1_000).map(|number| number.to_string()).collect();
        let all = others.len();
        assert_eq!(reachable_mutex(&others), [0, 0]);
        assert_eq!(reachable_rwlock(&others), [0, all]);
        let [writing, reading] = reachable_dashmap(&others);
        assert!(0 < writing && writing < all, "{writing}");
        assert_eq!(reading, all);
    });
}

#[test]
fn a_new_reader_of_a_dashmap_goes_past_a_waiting_writer() {
    within(PATIENT, || {
        let map: DashMap<String, u64> =
            filled(&["held".to_owned()]).into_iter().collect();
        let asks = Barrier::new(2);
        thread::scope(|scope| {
            let first = map.get("held");
            let writer = scope.spawn(|| {
                asks.wait();
                map.alter("held", |_, count| count + 1);
            });
            asks.wait();
            // Time enough for the writer to ask and to wait.
            for _ in 0..100 {
                thread::yield_now();
                assert!(
                    !map.try_get("held").is_locked(),
                    "the reader is let in"
                );
            }
            // If a reader waited behind the writer, this would never end.
            let second = map.get("held").map(|count| *count);
            assert!(!writer.is_finished(), "the first reader is still there");
            drop(first);
            assert_eq!(second, Some(1));
        });
        assert_eq!(map.get("held").map(|count| *count), Some(2));
    });
}
