//! The work decides which tool is best.

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use lessons::measure::Table;
use rayon::prelude::*;
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

use self::stage::NEAR;
use crate::program::run::bridge::Bridge;

// ANCHOR: job
/// Work in two parts, one of which may be nothing.
pub trait Job: Send + Sync + 'static {
    /// The part that can be awaited: a request, a timer.
    fn wait(&self) -> impl Future<Output = ()> + Send;
    /// The same wait as it is without async: it holds its thread.
    fn block(&self);
    /// The part that holds a thread in any case: it computes, or calls a
    /// library that blocks.
    fn work(&self) -> u64;
}
// ANCHOR_END: job

// ANCHOR: tools
/// The threads that the tools run on.
#[derive(Debug)]
pub struct Tools {
    /// A worker for each core.
    runtime: Runtime,
    /// One worker: it only waits.
    waiter: Runtime,
    /// A Rayon thread for each core.
    bridge: Bridge,
}

/// Jobs under way at once: the bound of tasks, of lent threads, and of the
/// pipeline.
const AT_ONCE: usize = 64;

impl Tools {
    /// No tool at all.
    pub fn one_by_one<J: Job>(jobs: &[Arc<J>]) -> Vec<u64> {
        jobs.iter().map(whole).collect()
    }

    /// A task for each job, and the work is done in the task.
    pub fn tokio_tasks<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        let task = async |job: Arc<J>| {
            let task = async move {
                job.wait().await;
                job.work()
            };
            self.runtime.spawn(task).await.expect("no job panics")
        };
        let jobs = stream::iter(jobs.iter().cloned());
        self.runtime.block_on(jobs.map(task).buffered(AT_ONCE).collect())
    }

    /// A thread for each job, lent by the runtime.
    pub fn spawn_blocking<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        let call = async |job: Arc<J>| {
            spawn_blocking(move || whole(&job)).await.expect("no job panics")
        };
        let jobs = stream::iter(jobs.iter().cloned());
        self.runtime.block_on(jobs.map(call).buffered(AT_ONCE).collect())
    }

    /// One parallel iterator over all jobs.
    pub fn rayon<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        self.bridge.pool().install(|| jobs.par_iter().map(whole).collect())
    }

    /// Waiting on Tokio, work on Rayon, and a bridge in between.
    pub fn pipeline<J: Job>(&self, jobs: &[Arc<J>]) -> Vec<u64> {
        let document = async |job: Arc<J>| {
            job.wait().await;
            self.bridge.run(move || job.work()).await.expect("no job panics")
        };
        let jobs = stream::iter(jobs.iter().cloned());
        self.waiter.block_on(jobs.map(document).buffered(AT_ONCE).collect())
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
    /// [`Tools::spawn_blocking`].
    SpawnBlocking,
    /// [`Tools::rayon`].
    Rayon,
    /// [`Tools::pipeline`].
    Pipeline,
}

// ANCHOR: advise
/// A workload, as far as the choice of a tool depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// How long all jobs take, one by one.
    pub altogether: Duration,
    /// How a job waits, if it does.
    pub waits: Waits,
    /// How long a job computes at a time.
    pub computes: Duration,
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

/// Work this short stays on its thread: to hand it over would cost as much, and
/// the neighbors on the thread can wait that long.
pub const SHORT: Duration = Duration::from_micros(100);

/// The decision tree.
pub fn advise(nature: Nature) -> Tool {
    match nature {
        Nature { altogether, .. } if altogether < SHORT => Tool::OneByOne,
        Nature { waits: Waits::Blocking, .. } => Tool::SpawnBlocking,
        Nature { waits: Waits::Never, .. } => Tool::Rayon,
        Nature { waits: Waits::Async, computes, .. } if computes < SHORT => {
            Tool::TokioTasks
        }
        Nature { waits: Waits::Async, .. } => Tool::Pipeline,
    }
}
// ANCHOR_END: advise

/// Measures every tool at every workload, beside the advice of the tree.
pub fn main() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    let tools = Tools::new(cores)?;
    println!(
        "{cores} cores; * the fastest and all within 15 % of it, [] the tree's advice\n"
    );
    let rows = stage::rows();
    let mut table = Table::new([
        "",
        "one by one",
        "tasks",
        "spawn_blocking",
        "Rayon",
        "pipeline",
    ]);
    let (mut busy, mut wrong) = (None, Vec::new());
    for (name, nature, jobs) in &rows {
        let measured = stage::measure(&tools, *nature, jobs);
        let [one_by_one, tasks, blocking, rayon, pipeline] = measured.cells();
        table.row([
            (*name).to_owned(),
            one_by_one,
            tasks,
            blocking,
            rayon,
            pipeline,
        ]);
        let alone = (*name == "compute").then_some(cores);
        busy = busy.or_else(|| measured.too_busy(alone));
        if measured.regret() > NEAR {
            wrong.push(format!(
                "{name}: the advice took {:.1} × the fastest",
                measured.regret()
            ));
        }
    }
    println!("{table}");
    match busy {
        Some(reason) => println!("{reason}"),
        None if wrong.is_empty() => {
            println!("in each row the advice is within 15 % of the fastest")
        }
        None => println!("{}", wrong.join("\n")),
    }
    stage::print_gaps(&tools, &rows);
    Ok(())
}

mod stage;

#[cfg(test)]
mod tests;
