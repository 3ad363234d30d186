use super::*;
use witness::{PATIENT, Peak, Rendezvous, Threads, within};

/// Runs it on a machine with so many cores.
fn done<J: Job>(cores: usize, tool: Tool, jobs: Vec<J>) -> Vec<u64> {
    within(PATIENT, move || {
        let jobs: Vec<_> = jobs.into_iter().map(Arc::new).collect();
        Tools::new(cores).expect("room for some threads").run(tool, &jobs)
    })
}

/// Numbers that wait, all at the same time if they can.
struct Waiter(u64, Rendezvous, Peak, Duration);

impl Job for Waiter {
    async fn wait(&self) {
        let _in_flight = self.2.enter();
        self.1.meet_async().await;
    }

    fn block(&self) {
        let _in_flight = self.2.enter();
        // The peak says how many waited at once, whether or not they gave up.
        let _ = self.1.meet(self.3);
    }

    fn work(&self) -> u64 {
        self.0
    }
}

#[test]
fn tasks_threads_and_pipeline_wait_for_all_at_once_the_others_do_not() {
    // Who cannot wait with all others gives up soon.
    let soon = Duration::from_millis(20);
    let cases = [
        (Tool::OneByOne, 1..=1, soon),
        (Tool::TokioTasks, 16..=16, PATIENT),
        (Tool::Threads, 16..=16, PATIENT),
        (Tool::Rayon, 1..=2, soon),
        (Tool::Pipeline, 16..=16, PATIENT),
    ];
    for (tool, expected, patience) in cases {
        let (all, peak) = (Rendezvous::new(16), Peak::new());
        let jobs = (0..16).map(|n| Waiter(n, all.clone(), peak.clone(), patience)).collect();
        let results = done(2, tool, jobs);
        assert_eq!(results, (0..16).collect::<Vec<u64>>(), "{tool:?} keeps the order");
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

/// What was seen when twelve jobs worked that wanted `company`.
fn worked(tool: Tool, company: usize, deadline: Duration) -> (Rendezvous, Peak, Threads) {
    let (company, peak, threads) = (Rendezvous::new(company), Peak::new(), Threads::new());
    let worker = |number| Worker {
        number,
        company: company.clone(),
        deadline,
        peak: peak.clone(),
        threads: threads.clone(),
    };
    let results = done(2, tool, (0..12).map(worker).collect());
    assert_eq!(results, (0..12).collect::<Vec<u64>>(), "{tool:?} keeps the order");
    (company, peak, threads)
}

#[test]
fn work_has_a_thread_a_core_or_a_thread_each() {
    for tool in [Tool::TokioTasks, Tool::Rayon, Tool::Pipeline] {
        let (pairs, peak, threads) = worked(tool, 2, PATIENT / 2);
        assert_eq!((pairs.meetings(), peak.max(), threads.count()), (6, 2, 2), "{tool:?}");
    }
    let (all, _, threads) = worked(Tool::Threads, 12, PATIENT / 2);
    assert_eq!((all.meetings(), threads.count()), (1, 12));
    let (alone, peak, threads) = worked(Tool::OneByOne, 2, Duration::from_millis(1));
    assert_eq!((alone.meetings(), peak.max(), threads.count()), (0, 1, 1));
}

#[test]
fn the_pipeline_works_on_rayon_and_tasks_work_on_the_runtime() {
    let name = |tool| worked(tool, 2, PATIENT / 2).2.names();
    assert!(name(Tool::Pipeline).iter().all(|name| name.starts_with("rayon")));
    assert!(name(Tool::TokioTasks).iter().all(|name| name.starts_with("tokio")));
}

#[test]
fn the_tree_has_an_answer_for_every_leaf() {
    let advice = |ms, waits, computes| {
        advise(Nature { altogether: Duration::from_millis(ms), waits, computes })
    };
    assert_eq!(advice(0, Waits::Never, true), Tool::OneByOne);
    assert_eq!(advice(10, Waits::Never, true), Tool::Rayon);
    assert_eq!(advice(10, Waits::Async, false), Tool::TokioTasks);
    assert_eq!(advice(10, Waits::Async, true), Tool::Pipeline);
    assert_eq!(advice(10, Waits::Blocking, false), Tool::Threads);
}

#[test]
fn a_row_marks_the_fastest_and_the_advice_and_admits_what_was_wrong() {
    let ms = Duration::from_millis;
    let times = [ms(100), ms(10), ms(11), ms(50), ms(12)];
    let right = Measured { times, advised: Tool::Threads, again: ms(12) };
    assert_eq!(right.to_string(), "   100.0 ms    *10.0 ms   [*11.0 ms]    50.0 ms     12.0 ms ");
    assert!(right.regret() < NEAR && right.noise() < NEAR);
    assert_eq!(Measured { again: ms(10), ..right }.gain(), 10.0);
    let wrong = Measured { advised: Tool::Rayon, again: ms(60), ..right };
    assert_eq!((wrong.regret(), wrong.noise()), (5.0, 1.2));
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
