//! A lock that is held across an await is waited for with an await, too.
//!
//! A guard of the standard library's must stay on its thread, and a task may move. So a task that
//! holds one across an await is refused. (This error has no code.)
//!
//! ```compile_fail
//! use std::sync::Mutex;
//!
//! static BALANCE: Mutex<u32> = Mutex::new(0);
//!
//! async fn pay_in() {
//!     let mut balance = BALANCE.lock().unwrap();
//!     tokio::task::yield_now().await;
//!     *balance += 1;
//! }
//!
//! pub fn start() {
//!     tokio::spawn(pay_in());
//! }
//! ```
//!
//! At the end of its block it is gone, and so no part of the future:
//!
//! ```
//! use std::sync::Mutex;
//!
//! static BALANCE: Mutex<u32> = Mutex::new(0);
//!
//! async fn pay_in() {
//!     {
//!         let mut balance = BALANCE.lock().unwrap();
//!         *balance += 1;
//!     }
//!     tokio::task::yield_now().await;
//! }
//!
//! pub fn start() {
//!     tokio::spawn(pay_in());
//! }
//! ```

use std::error::Error;
use std::fmt;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: line
/// A telephone line, for one call at a time.
#[derive(Debug)]
pub struct Line {
    /// How long the other end thinks.
    pub thinks: Duration,
    /// How many calls there were.
    pub calls: u32,
}

impl Line {
    /// Asks, waits for the answer, and returns it.
    pub async fn call(&mut self) -> u32 {
        self.calls += 1;
        sleep(self.thinks).await;
        self.calls
    }
}
// ANCHOR_END: line

// ANCHOR: callers
/// Calls, and has the line to itself until the answer is there. Tells each step.
pub async fn call_with_tokio(
    line: &tokio::sync::Mutex<Line>,
    caller: u32,
    tell: &Sender<String>,
) -> u32 {
    say(tell, caller, "wants the line");
    let mut line = line.lock().await;
    say(tell, caller, "has it");
    let answer = line.call().await;
    say(tell, caller, "is done");
    answer
}

/// The same with the other mutex.
#[expect(clippy::await_holding_lock, reason = "the bug this lesson shows")]
pub async fn call_with_std(
    line: &std::sync::Mutex<Line>,
    caller: u32,
    tell: &Sender<String>,
) -> u32 {
    say(tell, caller, "wants the line");
    let mut line = line.lock().expect("no caller panics");
    say(tell, caller, "has it");
    let answer = line.call().await;
    say(tell, caller, "is done");
    answer
}
// ANCHOR_END: callers

fn say(tell: &Sender<String>, caller: u32, what: &str) {
    // An error says that nobody listens anymore.
    let _ = tell.send(format!("caller {caller} {what}"));
}

// ANCHOR: bill
/// Calls, then puts the price on the bill. Nothing is awaited while the bill is locked.
pub async fn paid_call(
    line: &tokio::sync::Mutex<Line>,
    bill: &std::sync::Mutex<u32>,
    caller: u32,
    tell: &Sender<String>,
) -> u32 {
    let answer = call_with_tokio(line, caller, tell).await;
    *bill.lock().expect("nobody panics with the bill") += 20;
    answer
}
// ANCHOR_END: bill

// ANCHOR: beside
/// Awaits two calls at once, and a clock that needs the thread now and then.
pub async fn beside_a_clock(calls: [impl Future<Output = u32>; 2]) -> [u32; 2] {
    let clock = async {
        for _ in 0..5 {
            sleep(Duration::from_millis(25)).await;
        }
    };
    let [first, second] = calls;
    let (first, second, ()) = tokio::join!(
        first.instrument(info_span!("call", caller = 1)),
        second.instrument(info_span!("call", caller = 2)),
        clock.instrument(info_span!("clock")),
    );
    [first, second]
}
// ANCHOR_END: beside

/// Runs `job` on a thread and a runtime of its own. Returns where to hear what it tells.
///
/// If the job gets stuck, the thread is left behind.
pub fn start<F: Future>(
    job: impl FnOnce(Sender<String>) -> F + Send + 'static,
) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    let run = move || {
        let runtime = Builder::new_current_thread().enable_time().build().expect("no thread");
        runtime.block_on(job(tell));
    };
    thread::Builder::new().name("runtime".to_owned()).spawn(run).expect("there is room for one");
    told
}

/// Hears everything that is told. An error if there is silence for as long as `patience`, and
/// the job has not ended.
pub fn watch(told: &Receiver<String>, patience: Duration) -> Result<Vec<String>, Stuck> {
    let mut heard = Vec::new();
    loop {
        match told.recv_timeout(patience) {
            Ok(step) => heard.push(step),
            Err(RecvTimeoutError::Disconnected) => return Ok(heard),
            Err(RecvTimeoutError::Timeout) => return Err(Stuck { heard, patience }),
        }
    }
}

/// A job that has not ended, and tells nothing anymore.
#[derive(Debug, PartialEq, Eq)]
pub struct Stuck {
    /// What was heard before.
    pub heard: Vec<String>,
    /// For how long there was silence.
    pub patience: Duration,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.heard.last().map_or("nothing", String::as_str);
        write!(f, "stuck: silent for {:?}, and the last was '{last}'", self.patience)
    }
}

impl Error for Stuck {}

/// Two callers and one line: behind Tokio's mutex, then behind the standard library's.
pub fn main() -> Result<(), Box<dyn Error>> {
    let line = || Line { thinks: Duration::from_millis(50), calls: 0 };
    let patience = Duration::from_millis(150);

    let timeline = lessons::timeline("tokio's mutex: waiting for it gives back the thread");
    let told = start(async move |tell| {
        let (line, bill) = (tokio::sync::Mutex::new(line()), Mutex::new(0));
        let calls = [1, 2].map(|caller| paid_call(&line, &bill, caller, &tell));
        beside_a_clock(calls).await;
        let bill = bill.into_inner().expect("nobody panicked");
        tell.send(format!("the bill: {bill} cents")).expect("main listens");
    });
    let heard = watch(&told, patience);
    timeline.draw();
    print(&heard);

    println!();
    let timeline =
        lessons::timeline("a std mutex across an await: waiting for it keeps the thread");
    let told = start(async move |tell| {
        let line = Mutex::new(line());
        beside_a_clock([1, 2].map(|caller| call_with_std(&line, caller, &tell))).await;
    });
    let heard = watch(&told, patience);
    timeline.draw();
    print(&heard);
    Ok(())
}

fn print(heard: &Result<Vec<String>, Stuck>) {
    let (steps, stuck) = match heard {
        Ok(steps) => (steps, None),
        Err(stuck) => (&stuck.heard, Some(stuck)),
    };
    steps.iter().for_each(|step| println!("  {step}"));
    if let Some(stuck) = stuck {
        println!("{stuck}");
    }
}

#[cfg(test)]
mod tests;
