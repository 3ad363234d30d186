//! A watchdog: a job that gets stuck is left behind, and named by its last
//! step.

use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

/// Runs `job` on a thread and a runtime of its own. Returns the steps that it
/// reports.
///
/// If the job gets stuck, the thread is left behind.
pub(super) fn start<F: Future>(
    job: impl FnOnce(Sender<String>) -> F + Send + 'static,
) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    let run = move || {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("no thread");
        runtime.block_on(job(tell));
    };
    thread::Builder::new()
        .name("runtime".to_owned())
        .spawn(run)
        .expect("there is room for one");
    told
}

/// Takes all steps of a job. An error if no step comes for as long as
/// `patience`, and the job has not ended.
pub(super) fn watch(
    told: &Receiver<String>,
    patience: Duration,
) -> Result<Vec<String>, Stuck> {
    let mut heard = Vec::new();
    loop {
        match told.recv_timeout(patience) {
            Ok(step) => heard.push(step),
            Err(RecvTimeoutError::Disconnected) => return Ok(heard),
            Err(RecvTimeoutError::Timeout) => {
                return Err(Stuck { heard, patience });
            }
        }
    }
}

/// A job that has not ended, and reports nothing anymore.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The steps before that.
    pub(super) heard: Vec<String>,
    /// How long nothing was reported.
    pub(super) patience: Duration,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.heard.last().map_or("nothing", String::as_str);
        write!(
            f,
            "stuck: silent for {:?}, and the last was '{last}'",
            self.patience
        )
    }
}

/// Prints the steps of a job, and whether it is stuck.
pub(super) fn print(heard: &Result<Vec<String>, Stuck>) {
    let (steps, stuck) = match heard {
        Ok(steps) => (steps, None),
        Err(stuck) => (&stuck.heard, Some(stuck)),
    };
    steps.iter().for_each(|step| println!("  {step}"));
    if let Some(stuck) = stuck {
        println!("{stuck}");
    }
}
