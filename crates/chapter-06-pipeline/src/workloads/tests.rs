use super::stage::{Measured, NEAR, rows};
use super::*;
use tokio::time::timeout;
use witness::{PATIENT, Peak, Rendezvous, Threads, within};

/// Runs the jobs on a machine with `cores` cores.
fn done<J: Job>(cores: usize, tool: Tool, jobs: Vec<J>) -> Vec<u64> {
    within(PATIENT, move || {
        let jobs: Vec<_> = jobs.into_iter().map(Arc::new).collect();
        Tools::new(cores).expect("room for some threads").run(tool, &jobs)
    })
}

/// Numbers that wait, all at the same time if they can. The peak says how many
/// waited at once, whether or not they gave up.
struct Waiter(u64, Rendezvous, Peak, Duration);

impl Job for Waiter {
    async fn wait(&self) {
        let _in_flight = self.2.enter();
        let _ = timeout(self.3, self.1.meet_async()).await;
    }

    fn block(&self) {
        let _in_flight = self.2.enter();
        let _ = self.1.meet(self.3);
    }

    fn work(&self) -> u64 {
        self.0
    }
}

#[test]
fn tasks_lent_threads_and_pipeline_wait_for_all_at_once_the_others_do_not() {
    // Who cannot wait with all others gives up soon.
    let soon = Duration::from_millis(20);
    let cases = [
        (Tool::OneByOne, 1..=1, soon),
        (Tool::TokioTasks, 16..=16, PATIENT),
        (Tool::SpawnBlocking, 16..=16, PATIENT),
        (Tool::Rayon, 1..=2, soon),
        (Tool::Pipeline, 16..=16, PATIENT),
    ];
    for (tool, expected, patience) in cases {
        let (all, peak) = (Rendezvous::new(16), Peak::new());
        let jobs = (0..16)
            .map(|n| Waiter(n, all.clone(), peak.clone(), patience))
            .collect();
        let results = done(2, tool, jobs);
        assert_eq!(
            results,
            (0..16).collect::<Vec<u64>>(),
            "{tool:?} keeps the order"
        );
        assert!(expected.contains(&peak.max()), "{tool:?}: {}", peak.max());
    }
}

/// Work that wants company.
struct Worker {
    number: u64,
    company: Rendezvous,
    deadline: Duration,
    peak: Peak,
    threads: Threads,
}

impl Job for Worker {
    async fn wait(&self) {}

    fn block(&self) {}

    fn work(&self) -> u64 {
        self.threads.note();
        let _in_flight = self.peak.enter();
        let _ = self.company.meet(self.deadline);
        self.number
    }
}

/// The evidence of twelve jobs that wanted `company`.
fn worked(
    tool: Tool,
    company: usize,
    deadline: Duration,
) -> (Rendezvous, Peak, Threads) {
    let (company, peak, threads) =
        (Rendezvous::new(company), Peak::new(), Threads::new());
    let worker = |number| Worker {
        number,
        company: company.clone(),
        deadline,
        peak: peak.clone(),
        threads: threads.clone(),
    };
    let results = done(2, tool, (0..12).map(worker).collect());
    assert_eq!(
        results,
        (0..12).collect::<Vec<u64>>(),
        "{tool:?} keeps the order"
    );
    (company, peak, threads)
}

#[test]
fn work_has_a_thread_a_core_or_a_thread_each() {
    for tool in [Tool::TokioTasks, Tool::Rayon, Tool::Pipeline] {
        let (pairs, peak, threads) = worked(tool, 2, PATIENT / 2);
        assert_eq!(
            (pairs.meetings(), peak.max(), threads.count()),
            (6, 2, 2),
            "{tool:?}"
        );
    }
    let (all, _, threads) = worked(Tool::SpawnBlocking, 12, PATIENT / 2);
    assert_eq!((all.meetings(), threads.count()), (1, 12));
    let (alone, peak, threads) =
        worked(Tool::OneByOne, 2, Duration::from_millis(1));
    assert_eq!((alone.meetings(), peak.max(), threads.count()), (0, 1, 1));
}

#[test]
fn the_pipeline_works_on_rayon_and_tasks_work_on_the_runtime() {
    let name = |tool| worked(tool, 2, PATIENT / 2).2.names();
    assert!(name(Tool::Pipeline).iter().all(|name| name.starts_with("rayon")));
    assert!(
        name(Tool::TokioTasks).iter().all(|name| name.starts_with("tokio"))
    );
}

#[test]
fn no_more_jobs_are_under_way_than_the_bound() {
    let count = AT_ONCE as u64 + 36;
    for tool in [Tool::TokioTasks, Tool::SpawnBlocking, Tool::Pipeline] {
        let (all, peak) = (Rendezvous::new(AT_ONCE), Peak::new());
        // Those that are left over are too few to meet.
        let patience = |n| {
            if n < AT_ONCE as u64 { PATIENT } else { Duration::from_millis(5) }
        };
        let waiter = |n| Waiter(n, all.clone(), peak.clone(), patience(n));
        let results = done(2, tool, (0..count).map(waiter).collect());
        assert_eq!(
            results,
            (0..count).collect::<Vec<u64>>(),
            "{tool:?} keeps the order"
        );
        assert_eq!(peak.max(), AT_ONCE, "{tool:?}");
    }
}

#[test]
fn the_tree_has_an_answer_for_every_leaf() {
    let (us, ms) = (Duration::from_micros, Duration::from_millis);
    let advice = |altogether, waits, computes| {
        advise(Nature { altogether, waits, computes })
    };
    assert_eq!(advice(us(99), Waits::Never, us(99)), Tool::OneByOne);
    assert_eq!(advice(ms(10), Waits::Never, ms(1)), Tool::Rayon);
    assert_eq!(advice(ms(10), Waits::Async, us(0)), Tool::TokioTasks);
    assert_eq!(advice(ms(10), Waits::Async, us(99)), Tool::TokioTasks);
    assert_eq!(advice(ms(10), Waits::Async, us(100)), Tool::Pipeline);
    assert_eq!(advice(ms(10), Waits::Blocking, ms(1)), Tool::SpawnBlocking);
}

#[test]
fn a_row_marks_the_fastest_and_the_advice_and_admits_what_was_wrong() {
    let ms = Duration::from_millis;
    let times = [ms(100), ms(10), ms(11), ms(50), ms(12)];
    let right = Measured { times, advised: Tool::SpawnBlocking, again: ms(12) };
    assert_eq!(
        right.cells(),
        ["100 ms", "*10 ms", "[*11 ms]", "50 ms", "12 ms"]
    );
    assert!(right.regret() < NEAR && right.too_busy(None).is_none());
    let wrong = Measured { advised: Tool::Rayon, again: ms(60), ..right };
    assert_eq!(wrong.regret(), 5.0);
    assert!(wrong.too_busy(None).is_some_and(|reason| reason.contains("20 %")));
    // 9.1 times as fast as one by one: nine cores may be, four were not alone.
    assert!(
        right.too_busy(Some(9)).is_none() && right.too_busy(Some(4)).is_some()
    );
}

#[test]
fn every_tool_finds_the_same_in_every_row() {
    within(PATIENT, || {
        let tools = Tools::new(2).expect("room for some threads");
        for (name, _, jobs) in rows() {
            let jobs = &jobs[..4];
            let expected = Tools::one_by_one(jobs);
            for tool in Tool::ALL {
                assert_eq!(tools.run(tool, jobs), expected, "{name}, {tool:?}");
            }
        }
    });
}
