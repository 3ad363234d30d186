//! The rows of the table and their jobs, and how they are measured.

use std::hint::black_box;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lessons::measure::{
    Control, Table, all_in_turn, fastest, human, ratio, time,
};
use tokio::runtime::Builder;
use tokio::time::sleep;
use witness::Ticker;

use super::{Job, Nature, Tool, Tools, Waits, advise};
use crate::program::run::bridge::Bridge;

impl Tool {
    /// All of them, in the order of the columns.
    pub(super) const ALL: [Tool; 5] = [
        Tool::OneByOne,
        Tool::TokioTasks,
        Tool::SpawnBlocking,
        Tool::Rayon,
        Tool::Pipeline,
    ];
}

impl Tools {
    /// Makes the threads for `cores` cores.
    pub fn new(cores: usize) -> io::Result<Self> {
        let runtime = |workers| {
            Builder::new_multi_thread()
                .worker_threads(workers)
                .enable_all()
                .build()
        };
        Ok(Tools {
            runtime: runtime(cores)?,
            waiter: runtime(1)?,
            bridge: Bridge::new(cores)?,
        })
    }

    /// Does all jobs with this tool. The results are in the order of the jobs.
    pub fn run<J: Job>(&self, tool: Tool, jobs: &[Arc<J>]) -> Vec<u64> {
        match tool {
            Tool::OneByOne => Self::one_by_one(jobs),
            Tool::TokioTasks => self.tokio_tasks(jobs),
            Tool::SpawnBlocking => self.spawn_blocking(jobs),
            Tool::Rayon => self.rayon(jobs),
            Tool::Pipeline => self.pipeline(jobs),
        }
    }
}

/// A job of the table.
#[derive(Clone, Debug)]
pub(super) struct Load {
    wait: Duration,
    work: Work,
}

#[derive(Clone, Debug)]
enum Work {
    Nothing,
    /// A library's call that takes this long and has no async form.
    Library(Duration),
    /// This many rounds of arithmetic that nothing can speed up.
    Compute(u64),
    /// The sum of a part of a memory that no cache holds.
    Sum(Arc<[u64]>, Range<usize>),
}

impl Job for Load {
    async fn wait(&self) {
        if !self.wait.is_zero() {
            sleep(self.wait).await;
        }
    }

    fn block(&self) {
        if !self.wait.is_zero() {
            thread::sleep(self.wait);
        }
    }

    fn work(&self) -> u64 {
        match &self.work {
            Work::Nothing => 0,
            Work::Library(time) => {
                thread::sleep(*time);
                0
            }
            Work::Compute(rounds) => {
                (0..*rounds).fold(1, |x, n| black_box(x ^ n).wrapping_mul(31))
            }
            Work::Sum(memory, part) => {
                memory[part.clone()].iter().copied().fold(0, u64::wrapping_add)
            }
        }
    }
}

/// A row of the table: its name, what is known of it, and its jobs.
pub(super) type Row = (&'static str, Nature, Vec<Arc<Load>>);

/// The workloads. One round of compute takes about a nanosecond.
pub(super) fn rows() -> Vec<Row> {
    let memory: Arc<[u64]> = (0..16 << 20).collect();
    let part = memory.len() / 32;
    let sum = |nth: usize| {
        Work::Sum(Arc::clone(&memory), nth * part..(nth + 1) * part)
    };
    let (us, ms) = (Duration::from_micros, Duration::from_millis);
    let nature =
        |altogether, waits, computes| Nature { altogether, waits, computes };
    let many = |count, wait, work: &dyn Fn(usize) -> Work| -> Vec<Arc<Load>> {
        (0..count)
            .map(|nth| Arc::new(Load { wait: ms(wait), work: work(nth) }))
            .collect()
    };
    let nothing = &|_| Work::Nothing;
    let library = &|_| Work::Library(ms(8));
    let compute = |rounds| move |_| Work::Compute(rounds);
    vec![
        ("waiting", nature(ms(80), Waits::Async, us(0)), many(10, 8, nothing)),
        (
            "blocking library",
            nature(ms(80), Waits::Blocking, us(0)),
            many(10, 0, library),
        ),
        (
            "compute",
            nature(ms(22), Waits::Never, us(700)),
            many(32, 0, &compute(1_000_000)),
        ),
        ("memory", nature(ms(10), Waits::Never, us(300)), many(32, 0, &sum)),
        (
            "waiting, compute",
            nature(ms(120), Waits::Async, us(2_000)),
            many(12, 8, &compute(3_000_000)),
        ),
        (
            "waiting, a little",
            nature(ms(96), Waits::Async, us(40)),
            many(12, 8, &compute(50_000)),
        ),
        (
            "a little compute",
            nature(us(3), Waits::Never, us(0)),
            many(32, 0, &compute(100)),
        ),
    ]
}

/// Times that differ by at most this factor are about equal.
pub(super) const NEAR: f64 = 1.15;

/// The least time of each tool, and of the advised one again: the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) times: [Duration; 5],
    pub(super) advised: Tool,
    pub(super) again: Duration,
}

impl Measured {
    fn control(&self) -> Control {
        Control::new(self.times[self.advised as usize], self.again)
    }

    fn fastest(&self) -> Duration {
        self.times.into_iter().min().expect("there are five").min(self.again)
    }

    /// How many times as long as the fastest the advised tool took.
    pub(super) fn regret(&self) -> f64 {
        ratio(self.control().best(), self.fastest())
    }

    /// Why the row tells nothing: two equal arms differ, or computing, which
    /// can gain as much as there are `cores`, gained less or more.
    pub(super) fn too_busy(&self, cores: Option<usize>) -> Option<String> {
        let gain = ratio(self.times[0], self.control().best());
        let not_alone = |cores: usize| {
            let expected = 0.8 * cores as f64..1.1 * cores as f64;
            (!expected.contains(&gain)).then(|| {
                format!("too busy to tell: {cores} cores computed {gain:.1} × as fast as one")
            })
        };
        self.control().too_busy(NEAR).or_else(|| cores.and_then(not_alone))
    }

    /// The times with a star at the fastest, and the advised one in brackets.
    pub(super) fn cells(&self) -> [String; 5] {
        Tool::ALL.map(|tool| {
            let time = self.times[tool as usize];
            let star =
                if ratio(time, self.fastest()) <= NEAR { "*" } else { "" };
            let shown = format!("{star}{}", human(time));
            if tool == self.advised { format!("[{shown}]") } else { shown }
        })
    }
}

/// Runs all tools in turn, and the advised one once more: for as many rounds as
/// fit into 100 ms one by one, at least two.
pub(super) fn measure<J: Job>(
    tools: &Tools,
    nature: Nature,
    jobs: &[Arc<J>],
) -> Measured {
    let advised = advise(nature);
    let rounds = 100_000 / nature.altogether.as_micros().max(1);
    let arm = |tool| -> Box<dyn FnMut() -> Duration + '_> {
        Box::new(move || time(|| black_box(tools.run(tool, jobs))))
    };
    let mut arms: Vec<_> =
        Tool::ALL.into_iter().chain([advised]).map(arm).collect();
    let all = all_in_turn(rounds.clamp(2, 50) as usize, &mut arms);
    let least: Vec<_> = all.iter().map(|times| fastest(times)).collect();
    let times = Tool::ALL.map(|tool| least[tool as usize]);
    Measured { times, advised, again: least[Tool::ALL.len()] }
}

/// The longest time between two runs of a task that asks to run every
/// millisecond, while another task or thread of its runtime does the jobs.
fn longest_gap<J: Job>(tools: &Tools, tool: Tool, jobs: &[Arc<J>]) -> Duration {
    let runtime =
        if tool == Tool::Pipeline { &tools.waiter } else { &tools.runtime };
    let gap = || {
        let ticker = Ticker::new(Duration::from_millis(1));
        let ticking = runtime.spawn(ticker.run(sleep));
        tools.run(tool, jobs);
        ticking.abort();
        ticker.longest_gap()
    };
    // The least of three: the tool's part, without the machine's.
    (0..3).map(|_| gap()).min().unwrap_or_default()
}

/// Compares how long tasks and the pipeline keep a neighbor waiting.
pub(super) fn print_gaps(tools: &Tools, rows: &[Row]) {
    let mut table = Table::new(["", "tasks", "pipeline"]);
    for (name, _, jobs) in
        rows.iter().filter(|(_, nature, _)| nature.waits == Waits::Async)
    {
        let gap = |tool| human(longest_gap(tools, tool, jobs));
        table.row([
            (*name).to_owned(),
            gap(Tool::TokioTasks),
            gap(Tool::Pipeline),
        ]);
    }
    print!(
        "\nthe longest that another task of the runtime waited, instead of 1 ms:\n{table}"
    );
}
