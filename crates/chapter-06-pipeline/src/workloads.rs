//! Which tool for which work: a decision tree, and the measurement that it stands on.

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;
use witness::Ticker;

use crate::cli::print::human;
use crate::program::run::bridge::Bridge;

// ANCHOR: job
/// A piece of work in two parts, one of which may be nothing.
pub trait Job: Send + Sync + 'static {
    /// The part that can be awaited: a request, a timer.
    fn wait(&self) -> impl Future<Output = ()> + Send;
    /// The same wait as it is without async: it holds its thread.
    fn block(&self);
    /// The part that holds a thread in any case: it computes, or calls a library that blocks.
    fn work(&self) -> u64;
}
// ANCHOR_END: job

// ANCHOR: tools
/// What the tools run on.
#[derive(Debug)]
pub struct Tools {
    /// A worker for each core.
    runtime: Runtime,
    /// One worker: it only waits.
    waiter: Runtime,
    /// A Rayon thread for each core.
    bridge: Bridge,
}

impl Tools {
    /// No tool at all.
    pub fn one_by_one<J: Job>(jobs: &[Arc<J>]) -> Vec<u64> {
        jobs.iter().map(whole).collect()
    }

    /// A task for each job, and the work is done in the task.
    pub fn tokio_tasks<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        let task = |job: Arc<J>| async move {
            job.wait().await;
            job.work()
        };
        let tasks: Vec<_> = jobs.iter().cloned().map(|job| self.runtime.spawn(task(job))).collect();
        let all = futures::future::try_join_all(tasks);
        self.runtime.block_on(all).expect("no job panics")
    }

    /// A thread for each job. (Inside a Tokio program, `spawn_blocking` lends them.)
    pub fn threads<J: Job>(jobs: &[Arc<J>]) -> Vec<u64> {
        thread::scope(|scope| {
            let threads: Vec<_> = jobs.iter().map(|job| scope.spawn(|| whole(job))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no job panics")).collect()
        })
    }

    /// One parallel iterator over all jobs.
    pub fn rayon<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        self.bridge.pool().install(|| jobs.par_iter().map(whole).collect())
    }

    /// Waiting on Tokio, work on Rayon, and a bridge in between.
    pub fn pipeline<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        let document = async |job: &Arc<J>| {
            job.wait().await;
            let job = Arc::clone(job);
            self.bridge.run(move || job.work()).await.expect("no job panics")
        };
        self.waiter.block_on(futures::future::join_all(jobs.iter().map(document)))
    }
}

fn whole<J: Job>(job: &Arc<J>) -> u64 {
    job.block();
    job.work()
}
// ANCHOR_END: tools

/// The columns of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// [`Tools::one_by_one`].
    OneByOne,
    /// [`Tools::tokio_tasks`].
    TokioTasks,
    /// [`Tools::threads`].
    Threads,
    /// [`Tools::rayon`].
    Rayon,
    /// [`Tools::pipeline`].
    Pipeline,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 5] =
        [Tool::OneByOne, Tool::TokioTasks, Tool::Threads, Tool::Rayon, Tool::Pipeline];

    fn name(self) -> &'static str {
        match self {
            Tool::OneByOne => "one by one",
            Tool::TokioTasks => "Tokio tasks",
            Tool::Threads => "threads",
            Tool::Rayon => "Rayon",
            Tool::Pipeline => "pipeline",
        }
    }
}

impl Tools {
    /// Makes the pools for so many cores.
    pub fn new(cores: usize) -> std::io::Result<Self> {
        let runtime =
            |workers| Builder::new_multi_thread().worker_threads(workers).enable_all().build();
        Ok(Tools { runtime: runtime(cores)?, waiter: runtime(1)?, bridge: Bridge::new(cores)? })
    }

    /// Does all jobs with this tool. The results are in the order of the jobs.
    pub fn run<J: Job>(&self, tool: Tool, jobs: &[Arc<J>]) -> Vec<u64> {
        match tool {
            Tool::OneByOne => Self::one_by_one(jobs),
            Tool::TokioTasks => self.tokio_tasks(jobs),
            Tool::Threads => Self::threads(jobs),
            Tool::Rayon => self.rayon(jobs),
            Tool::Pipeline => self.pipeline(jobs),
        }
    }
}

// ANCHOR: advise
/// What one has to know about a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// How long all of it takes, one by one.
    pub altogether: Duration,
    /// Whether it waits, and if so, how.
    pub waits: Waits,
    /// Whether it keeps a core busy.
    pub computes: bool,
}

/// How a workload waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It does not.
    Never,
    /// There is something to await.
    Async,
    /// It calls something that blocks its thread.
    Blocking,
}

/// The decision tree.
pub fn advise(nature: Nature) -> Tool {
    match nature {
        Nature { altogether, .. } if altogether < Duration::from_micros(100) => Tool::OneByOne,
        Nature { waits: Waits::Blocking, .. } => Tool::Threads,
        Nature { waits: Waits::Async, computes: false, .. } => Tool::TokioTasks,
        Nature { waits: Waits::Async, computes: true, .. } => Tool::Pipeline,
        Nature { waits: Waits::Never, computes: true, .. } => Tool::Rayon,
        Nature { waits: Waits::Never, computes: false, .. } => Tool::OneByOne,
    }
}
// ANCHOR_END: advise

/// A job of the table.
#[derive(Clone, Debug)]
pub struct Load {
    wait: Duration,
    work: Work,
}

#[derive(Clone, Debug)]
enum Work {
    Nothing,
    /// A library's call that takes this long and has no async form.
    Library(Duration),
    /// So many rounds of arithmetic that nothing can speed up.
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
            Work::Compute(rounds) => (0..*rounds).fold(1, |x, n| black_box(x ^ n).wrapping_mul(31)),
            Work::Sum(memory, part) => {
                memory[part.clone()].iter().copied().fold(0, u64::wrapping_add)
            }
        }
    }
}

/// A row of the table: its name, what is known of it, and its jobs.
type Row = (&'static str, Nature, Vec<Arc<Load>>);

/// The workloads. One round of compute takes a nanosecond or two.
fn rows() -> Vec<Row> {
    let ms = Duration::from_millis;
    let many = |count, load: &dyn Fn(usize) -> (Duration, Work)| -> Vec<Arc<Load>> {
        let load = |nth| {
            let (wait, work) = load(nth);
            Arc::new(Load { wait, work })
        };
        (0..count).map(load).collect()
    };
    let nature = |ms, waits, computes| Nature {
        altogether: Duration::from_secs_f64(ms / 1e3),
        waits,
        computes,
    };
    let memory: Arc<[u64]> = (0..16 << 20).collect();
    let part = memory.len() / 32;
    let sum = |nth: usize| Work::Sum(Arc::clone(&memory), nth * part..(nth + 1) * part);
    let zero = Duration::ZERO;
    vec![
        ("waiting", nature(80.0, Waits::Async, false), many(10, &|_| (ms(8), Work::Nothing))),
        (
            "blocking library",
            nature(80.0, Waits::Blocking, false),
            many(10, &|_| (zero, Work::Library(ms(8)))),
        ),
        (
            "compute",
            nature(22.0, Waits::Never, true),
            many(32, &|_| (zero, Work::Compute(1_000_000))),
        ),
        ("memory", nature(16.0, Waits::Never, true), many(32, &|nth| (zero, sum(nth)))),
        (
            "waiting, compute",
            nature(120.0, Waits::Async, true),
            many(12, &|_| (ms(8), Work::Compute(3_000_000))),
        ),
        (
            "a little compute",
            nature(0.01, Waits::Never, true),
            many(32, &|_| (zero, Work::Compute(100))),
        ),
    ]
}

// ANCHOR: measure
/// The fastest time of each tool, and of the advised one again: the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    times: [Duration; 5],
    advised: Tool,
    again: Duration,
}

/// Runs all tools in turn, at least twice and for at least `long`.
pub fn measure<J: Job>(tools: &Tools, advised: Tool, jobs: &[Arc<J>], long: Duration) -> Measured {
    let most = Duration::MAX;
    let mut measured = Measured { times: [most; 5], advised, again: most };
    let start = Instant::now();
    for round in 0.. {
        if round >= 2 && start.elapsed() >= long {
            break;
        }
        let time = |tool| {
            let start = Instant::now();
            black_box(tools.run(tool, jobs));
            start.elapsed()
        };
        for (tool, best) in Tool::ALL.into_iter().zip(&mut measured.times) {
            *best = time(tool).min(*best);
        }
        measured.again = time(advised).min(measured.again);
    }
    measured
}
// ANCHOR_END: measure

/// Times that differ by less are about equal.
const NEAR: f64 = 1.15;

impl Measured {
    fn fastest(&self) -> Duration {
        self.times.into_iter().min().unwrap_or_default()
    }

    fn of_advised(&self) -> Duration {
        self.times[Tool::ALL.iter().position(|tool| *tool == self.advised).unwrap_or_default()]
    }

    /// How many times as long as the fastest the advised tool took.
    fn regret(&self) -> f64 {
        self.of_advised().min(self.again).as_secs_f64() / self.fastest().as_secs_f64()
    }

    /// How many times as fast as one by one the advised tool is.
    fn gain(&self) -> f64 {
        self.times[0].as_secs_f64() / self.of_advised().min(self.again).as_secs_f64()
    }

    /// How many times as long one of two equal measurements took as the other.
    fn noise(&self) -> f64 {
        let (a, b) = (self.of_advised().as_secs_f64(), self.again.as_secs_f64());
        a.max(b) / a.min(b)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (tool, time) in Tool::ALL.into_iter().zip(self.times) {
            let near = time.as_secs_f64() <= NEAR * self.fastest().as_secs_f64();
            let star = if near { "*" } else { "" };
            let shown = format!("{star}{}", human(time));
            if tool == self.advised {
                write!(f, " {:>11}", format!("[{shown}]"))?;
            } else {
                write!(f, " {shown:>10} ")?;
            }
        }
        Ok(())
    }
}

/// The longest time between two runs of a task that asks to run every millisecond, while a
/// runtime's other tasks do this.
fn gap<J: Job>(tools: &Tools, tool: Tool, jobs: &[Arc<J>]) -> Duration {
    let ticker = Ticker::new(Duration::from_millis(1));
    let runtime = if tool == Tool::Pipeline { &tools.waiter } else { &tools.runtime };
    let ticking = runtime.spawn(ticker.run(sleep));
    tools.run(tool, jobs);
    ticking.abort();
    ticker.longest_gap()
}

/// Measures every tool at every workload, beside what the tree advises.
pub fn main() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    let tools = Tools::new(cores)?;
    println!("{cores} cores; * the fastest and all within 15 % of it, [] the tree's advice\n");
    print!("{:16}", "");
    Tool::ALL.iter().for_each(|tool| print!(" {:>11}", tool.name()));
    println!();

    let rows = rows();
    let (mut busy, mut wrong) = (false, Vec::new());
    for (name, nature, jobs) in &rows {
        let measured = measure(&tools, advise(*nature), jobs, Duration::from_millis(120));
        println!("{name:16}{measured}");
        busy |= measured.noise() > NEAR;
        // Compute that gains less than the cores, or more, was not alone on them.
        let share = measured.gain() / cores as f64;
        busy |= *name == "compute" && !(0.8..1.1).contains(&share);
        if measured.regret() > NEAR {
            wrong.push(format!("{name}: the advice took {:.1} × the fastest", measured.regret()));
        }
    }
    println!();
    if busy {
        println!("THE MACHINE IS BUSY with other things, too busy to tell: try a quiet moment");
    } else if wrong.is_empty() {
        println!("in each row the advice is the fastest, or within 15 % of it");
    } else {
        println!("{}", wrong.join("\n"));
    }

    println!("\nthe longest that another task of the runtime waited, instead of 1 ms:");
    for name in ["waiting", "waiting, compute"] {
        let (.., jobs) = rows.iter().find(|row| row.0 == name).ok_or("no such row")?;
        let gaps = [Tool::TokioTasks, Tool::Pipeline].map(|tool| {
            // The least of some rounds: what the tool does, not what the machine did beside.
            (0..3).map(|_| gap(&tools, tool, jobs)).min().unwrap_or_default()
        });
        let [tasks, pipeline] = gaps.map(human);
        println!("  {name:16} Tokio tasks {tasks:>8}, pipeline {pipeline:>8}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
