//! To hold a lock across an await, await the lock.
//!
//! A guard of the standard library's must stay on its thread, and a task may
//! move. So a task that holds one across an await is refused. (This error has
//! no code.)
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

// ANCHOR: program
use std::error::Error;
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, info_span};

use self::stage::{print, start, watch};

mod stage;

// ANCHOR: line
/// A telephone line, for one call at a time.
#[derive(Debug)]
pub struct Line {
    /// How long the other end thinks before it answers.
    pub thinks: Duration,
    /// The number of calls so far.
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
/// Calls, and has the line to itself until the answer is there. Reports each
/// step to `tell`.
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

/// The same with the standard library's mutex.
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

fn say(tell: &Sender<String>, caller: u32, step: &str) {
    // An error says that nobody listens anymore.
    let _ = tell.send(format!("caller {caller} {step}"));
}

// ANCHOR: bill
/// Calls, then puts the price on the bill. Nothing is awaited while the bill is
/// locked.
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

/// Two callers and one line: behind Tokio's mutex, then behind the standard
/// library's.
pub fn main() -> Result<(), Box<dyn Error>> {
    let line = || Line { thinks: Duration::from_millis(50), calls: 0 };
    let patience = Duration::from_millis(150);

    let timeline = timeline::timeline(
        "tokio's mutex: waiting for it gives back the thread",
    );
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
    let timeline = timeline::timeline(
        "a std mutex across an await: waiting for it keeps the thread",
    );
    let told = start(async move |tell| {
        let line = Mutex::new(line());
        beside_a_clock(
            [1, 2].map(|caller| call_with_std(&line, caller, &tell)),
        )
        .await;
    });
    let heard = watch(&told, patience);
    timeline.draw();
    print(&heard);
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
