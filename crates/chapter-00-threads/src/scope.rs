//! A thread owns what it uses, or borrows it in a scope.

// ANCHOR: program
use std::error::Error;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::info_span;

/// The till of a door: the price on each of its slips.
pub type Till = Vec<u32>;

// ANCHOR: owned
/// Adds up a till on a thread of its own. From now on the till belongs to that
/// thread.
pub fn owned(till: Till) -> JoinHandle<u32> {
    thread::spawn(move || till.iter().sum())
}
// ANCHOR_END: owned

// ANCHOR: borrowed
/// Adds up each till on a thread of its own. The threads borrow the tills, and
/// all of them have ended when the scope does.
pub fn borrowed(
    tills: &[Till],
    add_up: impl Fn(&Till) -> u32 + Sync,
) -> Vec<u32> {
    thread::scope(|scope| {
        let started: Vec<_> =
            tills.iter().map(|till| scope.spawn(|| add_up(till))).collect();
        started
            .into_iter()
            .map(|handle| handle.join().expect("adding up does not panic"))
            .collect()
    })
}
// ANCHOR_END: borrowed

// ANCHOR: sorted
/// Sorts the slips of each till, on a thread of its own. Each thread may change
/// what only it has.
pub fn sort_each(tills: &mut [Till]) {
    thread::scope(|scope| {
        for till in tills {
            scope.spawn(|| till.sort());
        }
    });
}
// ANCHOR_END: sorted

// ANCHOR: in_a_chain
/// Adds up each till on a thread of its own, and joins it before the next is
/// started.
pub fn in_a_chain(
    tills: &[Till],
    add_up: impl Fn(&Till) -> u32 + Sync,
) -> Vec<u32> {
    thread::scope(|scope| {
        let started = tills.iter().map(|till| scope.spawn(|| add_up(till)));
        started
            .map(|handle| handle.join().expect("adding up does not panic"))
            .collect()
    })
}
// ANCHOR_END: in_a_chain

/// Gives a till away, lends three in a scope, and joins in two ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("owned by a thread: {:?}\n", owned(vec![12, 7, 31]).join());

    let mut tills = vec![vec![12, 7, 31], vec![5, 8], vec![9, 9, 2, 20]];
    let timeline =
        timeline::timeline("in a scope: all are started, then all are joined");
    let totals = borrowed(&tills, add_up);
    timeline.draw();
    println!(
        "totals: {totals:?}, and the {} tills are still here\n",
        tills.len()
    );

    let timeline = timeline::timeline(
        "in a chain: each is joined before the next is started",
    );
    let totals = in_a_chain(&tills, add_up);
    timeline.draw();
    println!("totals: {totals:?}\n");

    sort_each(&mut tills);
    println!("sorted, each by a thread of its own: {tills:?}");
    Ok(())
}

/// Adds up the slips, 10 ms each.
fn add_up(till: &Till) -> u32 {
    let _row = info_span!("add up", slips = till.len()).entered();
    thread::sleep(till.len() as u32 * Duration::from_millis(10));
    till.iter().sum()
}
// ANCHOR_END: program

/// Programs that the compiler refuses: the page shows its messages.
///
/// ```compile_fail,E0373
/// use std::thread;
///
/// fn add_up() -> u32 {
///     let slips = vec![12, 7, 31];
///     let adding = thread::spawn(|| slips.iter().sum());
///     adding.join().unwrap()
/// }
/// ```
///
/// ```compile_fail,E0382
/// use std::thread;
///
/// fn add_up() -> (u32, usize) {
///     let slips = vec![12, 7, 31];
///     let adding = thread::spawn(move || slips.iter().sum());
///     (adding.join().unwrap(), slips.len())
/// }
/// ```
///
/// ```compile_fail,E0597
/// use std::thread;
///
/// fn add_up() -> (u32, usize) {
///     let slips = vec![12, 7, 31];
///     let borrowed = &slips;
///     let adding = thread::spawn(move || borrowed.iter().sum());
///     (adding.join().unwrap(), slips.len())
/// }
/// ```
#[cfg(doctest)]
struct Refused;

#[cfg(test)]
mod tests;
