//! A future that must wait keeps the waker and answers Pending.
//!
//! A wake has it polled again. It never sleeps inside `poll`.

// ANCHOR: program
use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::join;
use tracing::{Instrument, info_span};

// ANCHOR: timer
/// A future that is ready once `takes` has passed since its first poll.
#[derive(Debug)]
pub struct Timer {
    takes: Duration,
    /// Shared with the timer's thread; `None` before the first poll.
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
enum State {
    /// Time is not up. This waker belongs to whoever polled last.
    Waiting(Waker),
    /// Time is up.
    Done,
}

impl Timer {
    /// Returns a timer that has not begun.
    pub fn new(takes: Duration) -> Self {
        Timer { takes, state: None }
    }
}
// ANCHOR_END: timer

// ANCHOR: poll
impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(state) = &self.state else {
            let state =
                Arc::new(Mutex::new(State::Waiting(cx.waker().clone())));
            self.state = Some(Arc::clone(&state));
            let takes = self.takes;
            thread::spawn(move || {
                thread::sleep(takes);
                finish(&state);
            });
            return Poll::Pending;
        };
        match &mut *state.lock().expect("nobody panics with the lock") {
            State::Waiting(waker) => {
                // The task that polls now may be a different one. Keep *its*
                // waker.
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            State::Done => Poll::Ready(()),
        }
    }
}
// ANCHOR_END: poll

// ANCHOR: finish
/// Notes that time is up, then wakes the task. The state first, because the
/// woken task polls immediately.
fn finish(state: &Mutex<State>) {
    let before = mem::replace(
        &mut *state.lock().expect("nobody panics with the lock"),
        State::Done,
    );
    if let State::Waiting(waker) = before {
        waker.wake();
    }
}
// ANCHOR_END: finish

// ANCHOR: blocking
/// A future that sleeps inside `poll`.
#[derive(Debug)]
pub struct Blocking {
    /// For how long.
    pub takes: Duration,
}

impl Future for Blocking {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        thread::sleep(self.takes);
        Poll::Ready(())
    }
}
// ANCHOR_END: blocking

// ANCHOR: joined
/// Awaits both at once. Returns every answer of their polls, in order.
pub async fn joined<F: Future<Output = ()>>(
    [first, second]: [F; 2],
) -> Vec<(u32, Poll<()>)> {
    let answers = RefCell::new(Vec::new());
    let note = |number| {
        let answers = &answers;
        move |answer| answers.borrow_mut().push((number, answer))
    };
    join(noted(first, note(1)), noted(second, note(2))).await;
    answers.into_inner()
}

/// Passes each poll on to `future`, and notes what it answers.
async fn noted<F: Future<Output = ()>>(future: F, note: impl Fn(Poll<()>)) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let answer = future.as_mut().poll(cx);
        note(answer);
        answer
    })
    .await;
}
// ANCHOR_END: joined

/// Waits for two timers at once: two that are woken, then two that sleep inside
/// `poll`.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = [40, 60].map(Duration::from_millis);

    let timeline = timeline::timeline(
        "woken: both wait at once, together as long as the longer",
    );
    let answers = block_on(joined(takes.map(|takes| {
        Timer::new(takes).instrument(info_span!("timer", ?takes))
    })));
    timeline.draw();
    print(&answers);

    println!();
    let timeline = timeline::timeline(
        "asleep inside poll: one after the other, the sum of both",
    );
    let answers = block_on(joined(takes.map(|takes| {
        Blocking { takes }.instrument(info_span!("timer", ?takes))
    })));
    timeline.draw();
    print(&answers);
    Ok(())
}

fn print(answers: &[(u32, Poll<()>)]) {
    println!("what the polls answered, in order:");
    for (number, answer) in answers {
        println!("  timer {number}: {answer:?}");
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
