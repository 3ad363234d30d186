//! One locked step loses nothing.

// ANCHOR: program
use std::error::Error;
use std::sync::Barrier;
use std::thread;

use dashmap::DashMap;

/// The number of visits to each page.
pub type Visits = DashMap<String, u64>;

// ANCHOR: get_then_insert
/// Adds a visit in two steps: reads the count, then writes it back. `gap` runs
/// in between, when nothing is locked.
pub fn get_then_insert(visits: &Visits, page: &str, gap: impl FnOnce()) {
    let count = visits.get(page).map_or(0, |count| *count);
    gap();
    visits.insert(page.to_owned(), count + 1);
}
// ANCHOR_END: get_then_insert

// ANCHOR: one_step
/// Adds a visit in one step: the shard is locked from the look-up to the
/// addition.
pub fn one_step(visits: &Visits, page: &str) {
    *visits.entry(page.to_owned()).or_insert(0) += 1;
}
// ANCHOR_END: one_step

// ANCHOR: and_modify
/// [`one_step`] with a case for each: change what is there, or insert the
/// first.
pub fn change_or_insert(visits: &Visits, page: &str) {
    visits.entry(page.to_owned()).and_modify(|count| *count += 1).or_insert(1);
}
// ANCHOR_END: and_modify

// ANCHOR: counted
/// Lets `threads` threads call `visit` on one map, and returns the visits of
/// all pages.
pub fn counted(threads: usize, visit: impl Fn(&Visits) + Sync) -> u64 {
    let visits = Visits::new();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| visit(&visits));
        }
    });
    visits.into_iter().map(|(_, count)| count).sum()
}
// ANCHOR_END: counted

// ANCHOR: compute
/// Computes a page's first count inside the step, with the shard locked. Runs
/// `compute` only if the page is new.
pub fn compute_inside(
    visits: &Visits,
    page: &str,
    compute: impl FnOnce() -> u64,
) -> u64 {
    *visits.entry(page.to_owned()).or_insert_with(compute)
}

/// Computes first, with nothing locked. If the page is there by then, the work
/// was in vain.
pub fn compute_before(
    visits: &Visits,
    page: &str,
    compute: impl FnOnce() -> u64,
) -> u64 {
    let count = compute();
    *visits.entry(page.to_owned()).or_insert(count)
}
// ANCHOR_END: compute

/// Counts visits in two steps and in one, then looks at the lock while a value
/// is computed.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("2 threads, 1 visit each");
    // Both threads read before either writes: the unlucky order, every time.
    let both_have_read = Barrier::new(2);
    let count = counted(2, |visits| {
        get_then_insert(visits, "/home", || {
            both_have_read.wait();
        });
    });
    println!("  get, then insert        counted {count}");
    let count = counted(2, |visits| one_step(visits, "/home"));
    println!("  entry                   counted {count}\n");

    println!("8 threads, 1000 visits each");
    let count =
        counted(8, |visits| (0..1_000).for_each(|_| one_step(visits, "/home")));
    println!("  entry, or_insert        counted {count}");
    let count = counted(8, |visits| {
        (0..1_000).for_each(|_| change_or_insert(visits, "/home"))
    });
    println!("  entry, and_modify       counted {count}\n");

    println!("while a value is computed, is its shard locked?");
    let (mut inside, mut before) = (false, false);
    let visits = Visits::new();
    compute_inside(&visits, "/home", || {
        inside = is_locked(&visits, "/home");
        0
    });
    compute_before(&visits, "/about", || {
        before = is_locked(&visits, "/about");
        0
    });
    println!("  or_insert_with          {inside}");
    println!("  computed before entry   {before}");
    Ok(())
}

/// Whether another thread would have to wait for `page` now.
pub fn is_locked(visits: &Visits, page: &str) -> bool {
    let look = || visits.try_get(page).is_locked();
    thread::scope(|scope| scope.spawn(look).join())
        .expect("looking does not panic")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
