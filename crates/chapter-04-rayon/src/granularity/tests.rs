use super::figures::idle_share;
use super::*;
use crate::testing::pool;
use proptest::prelude::*;
use std::time::Duration;
use timeline::{Recording, Row, Stay};
use witness::{PATIENT, Rendezvous, Threads, within};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn all_ways_add_the_same(
        results in prop::collection::vec(0..u64::from(u32::MAX), 0..300),
        size in 1_usize..320,
        threads in 1_usize..=16,
    ) {
        let (count, job) = (results.len(), |job: usize| results[job]);
        let serial = total(count, job);
        prop_assert_eq!(serial, results.iter().sum::<u64>());
        let [stealing, chunks] = pool(threads).install(|| {
            [par_total(count, size, job), par_total_in_chunks(count, size, job)]
        });
        prop_assert_eq!([stealing, chunks], [serial; 2]);
    }
}

type Way = fn(usize, usize, &(dyn Fn(usize) -> u64 + Sync)) -> u64;
const STEALING: Way = |count, min_len, job| par_total(count, min_len, job);
const CHUNKS: Way = |count, size, job| par_total_in_chunks(count, size, job);

/// The number of long jobs, out of two, that run while the other one runs, too:
/// the ninth of sixteen, and the last.
fn meet(threads: usize, way: Way, size: usize, deadline: Duration) -> u64 {
    within(PATIENT, move || {
        let pair = Rendezvous::new(2);
        let job = |job| match job {
            8 | 15 => u64::from(pair.meet(deadline).is_ok()),
            _ => 0,
        };
        pool(threads).install(|| way(16, size, &job))
    })
}

#[test]
fn what_is_cut_finely_is_stolen() {
    for size in [1, 2, 4] {
        assert_eq!(meet(2, STEALING, size, PATIENT / 2), 2, "min_len {size}");
        assert_eq!(meet(2, CHUNKS, size, PATIENT / 2), 2, "chunks of {size}");
    }
}

#[test]
fn a_chunk_per_thread_leaves_nothing_to_steal() {
    let short = Duration::from_millis(10);
    for size in [8, 16] {
        assert_eq!(meet(2, CHUNKS, size, short), 0, "chunks of {size}");
    }
    assert_eq!(meet(2, STEALING, 16, short), 0);
    assert_eq!(meet(1, STEALING, 1, short), 0);
}

#[test]
fn a_chunk_has_one_thread_and_two_chunks_have_two() {
    let jobs_by_thread = |size| {
        within(PATIENT, move || {
            let (pair, threads) = (Rendezvous::new(2), Threads::new());
            let job = |job| {
                // Or one thread might be done with its chunk before the other
                // one wakes.
                if size == 8 && job % 8 == 0 {
                    pair.meet(PATIENT / 2).expect("each chunk has a thread");
                }
                threads.note();
                0
            };
            pool(2).install(|| par_total_in_chunks(16, size, job));
            threads
                .work_by_thread()
                .into_iter()
                .map(|(_, jobs)| jobs)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(jobs_by_thread(16), [16]);
    assert_eq!(jobs_by_thread(8), [8, 8]);
}

/// Sixteen jobs on two threads.
fn seen(way: Way, size: usize, job: fn(usize, &Rendezvous)) -> Recording {
    let pair = Rendezvous::new(2);
    let timeline = timeline::timeline("test");
    within(PATIENT, move || {
        pool(2).install(|| {
            way(16, size, &|essay| {
                job(essay, &pair);
                0
            })
        })
    });
    timeline.finish()
}

fn row(recording: &Recording, essay: usize) -> &Row {
    recording.row(&format!("compare essay={essay}")).expect("it was recorded")
}

#[test]
fn a_thread_with_a_short_chunk_stands_idle() {
    // Job 8 begins when job 7 is done. After that, only one thread has a chunk.
    let recording = seen(CHUNKS, 8, |essay, pair| {
        let meet = || pair.meet(PATIENT / 2).expect("each chunk has a thread");
        if essay == 8 {
            meet();
        }
        info_span!("compare", essay).in_scope(|| {});
        if essay == 7 {
            meet();
        }
    });
    let rows: Vec<&Row> = (0..16).map(|essay| row(&recording, essay)).collect();
    assert!(rows[8..].iter().all(|job| job.threads() == rows[8].threads()));
    assert_ne!(rows[7].threads(), rows[8].threads());
    assert!(rows.iter().all(|a| rows.iter().all(|b| !a.ran_beside(b))));
    assert!(idle_share(&recording, 2) >= 0.5);
}

#[test]
fn a_thread_that_steals_works_beside_the_other() {
    let recording = seen(STEALING, 1, |essay, pair| {
        info_span!("compare", essay).in_scope(|| {
            if essay == 8 || essay == 15 {
                pair.meet(PATIENT / 2).expect("one of the two is stolen");
            }
        });
    });
    let [a, b] = [8, 15].map(|essay| row(&recording, essay));
    assert!(a.ran_beside(b) && a.threads() != b.threads());
}

/// A recording with jobs from `start` to `end`, in milliseconds.
fn recorded(jobs: &[(u64, u64, usize)]) -> Recording {
    let row = |&(start, end, thread): &(u64, u64, usize)| {
        let [start, end] = [start, end].map(Duration::from_millis);
        let stays = vec![Stay { start, end, thread }];
        Row {
            name: "compare",
            fields: String::new(),
            start,
            end,
            closed: true,
            stays,
        }
    };
    Recording {
        title: String::new(),
        length: Duration::from_millis(1_000),
        threads: vec!["rayon 0".to_owned(), "rayon 1".to_owned()],
        rows: jobs.iter().map(row).collect(),
        omitted: 0,
    }
}

#[test]
fn idle_is_the_time_without_a_job() {
    let close = |recording: &Recording, threads, expected: f64| {
        let share = idle_share(recording, threads);
        assert!((share - expected).abs() < 1e-6, "{share} and not {expected}");
    };
    // One of two threads does everything.
    close(&recorded(&[(100, 150, 0), (150, 200, 0)]), 2, 0.5);
    // One is done after a quarter of the time.
    close(&recorded(&[(100, 125, 0), (100, 200, 1)]), 2, 0.375);
    close(&recorded(&[(100, 200, 0), (100, 200, 1)]), 2, 0.0);
}

#[test]
fn shared_words_are_counted_with_all_earlier_essays() {
    let essays = vec![vec![1, 2, 3], vec![2, 3, 4], vec![3, 4, 5]];
    let _turn = timeline::timeline("test");
    let job = |essay| compare(&essays, essay);
    assert_eq!([0, 1, 2].map(job), [0, 2, 3]);
    let essay = written(7);
    assert!(essay.len() > 900 && essay.is_sorted_by(|a, b| a < b));
}
