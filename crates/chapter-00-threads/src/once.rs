//! A OnceLock is filled once, by the first who asks, and the others wait.
//!
//! To look whether it is there and to make it if not are two steps: then many
//! make it.

// ANCHOR: program
use std::cell::OnceCell;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use tracing::info_span;

// ANCHOR: once
/// The number of the seating plan. Whoever asks first has it drawn, and the
/// others wait.
pub fn plan(kept: &OnceLock<u32>, draw: impl FnOnce() -> u32) -> u32 {
    *kept.get_or_init(draw)
}
// ANCHOR_END: once

// ANCHOR: if_missing
/// Looks whether there is a plan, and has it drawn if not.
pub fn plan_if_missing(
    kept: &Mutex<Option<u32>>,
    draw: impl FnOnce() -> u32,
) -> u32 {
    let there = *kept.lock().expect("nobody has panicked");
    if let Some(plan) = there {
        return plan;
    }
    let plan = draw();
    *kept.lock().expect("nobody has panicked") = Some(plan);
    plan
}
// ANCHOR_END: if_missing

// ANCHOR: lazy
static DRAWN: AtomicU32 = AtomicU32::new(0);

/// The plan of this program. It is drawn when somebody first uses it.
pub static PLAN: LazyLock<u32> =
    LazyLock::new(|| DRAWN.fetch_add(1, Ordering::Relaxed) + 1);
// ANCHOR_END: lazy

// ANCHOR: local
thread_local! {
    /// A pad of paper that each thread has for itself.
    static PAD: OnceCell<u32> = const { OnceCell::new() };
}

/// The number of this thread's pad. Whoever has none yet takes one.
pub fn pad(take: impl FnOnce() -> u32) -> u32 {
    PAD.with(|pad| *pad.get_or_init(take))
}
// ANCHOR_END: local

/// Has four sellers ask for the plan at once: in two steps, in one, and of a
/// static.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = timeline::timeline(
        "look, then draw: all four find no plan, and draw one",
    );
    let (kept, drawn, all) =
        (Mutex::new(None), AtomicU32::new(0), Barrier::new(4));
    let plans = four_sellers(|seller| {
        let ask = info_span!("ask", seller);
        plan_if_missing(&kept, || {
            // Each has looked before one of them is done.
            all.wait();
            ask.in_scope(takes);
            next(&drawn)
        })
    });
    timeline.draw();
    println!(
        "drawn {} times; whose plan each seller has: {plans:?}\n",
        drawn.into_inner()
    );

    let timeline =
        timeline::timeline("a OnceLock: one draws, and three wait for it");
    let (kept, drawn) = (OnceLock::new(), AtomicU32::new(0));
    let plans = four_sellers(|seller| {
        let ask = info_span!("ask", seller);
        all.wait();
        plan(&kept, || {
            ask.in_scope(takes);
            next(&drawn)
        })
    });
    timeline.draw();
    println!(
        "drawn {} time;  whose plan each seller has: {plans:?}\n",
        drawn.into_inner()
    );

    let plans = four_sellers(|_| *PLAN);
    println!(
        "a static LazyLock: drawn {} time, {plans:?}",
        DRAWN.load(Ordering::Relaxed)
    );
    let taken = AtomicU32::new(0);
    let mut pads = four_sellers(|_| [(); 2].map(|()| pad(|| next(&taken))));
    pads.sort_unstable();
    println!(
        "a pad for each thread, used twice: {} taken, {pads:?}",
        taken.into_inner()
    );
    Ok(())
}

/// Counts one more. Returns its number.
fn next(counter: &AtomicU32) -> u32 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}

/// Has four sellers, on a thread each, do `work`. Returns what each of them has
/// then.
fn four_sellers<T: Send>(work: impl Fn(u32) -> T + Sync) -> [T; 4] {
    thread::scope(|scope| {
        let work = &work;
        let sellers =
            [1, 2, 3, 4].map(|seller| scope.spawn(move || work(seller)));
        sellers.map(|seller| seller.join().expect("asking does not panic"))
    })
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
