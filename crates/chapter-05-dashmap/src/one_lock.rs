//! One lock is enough if you hold it briefly.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, RwLock};
use std::thread;

use dashmap::DashMap;
use tracing::info_span;

/// The number of visits to each page.
pub type Counts = HashMap<String, u64>;

// ANCHOR: visits
/// The work: counts the visits to each page in the log of one day.
pub fn visits(log: &str) -> Counts {
    let mut counts = Counts::new();
    for page in log.split_whitespace() {
        *counts.entry(page.to_lowercase()).or_default() += 1;
    }
    counts
}
// ANCHOR_END: visits

// ANCHOR: work_inside
/// Takes the lock, then does the work: one log at a time, however many threads
/// there are.
pub fn work_inside(
    logs: &[&str],
    work: impl Fn(&str) -> Counts + Sync,
) -> Counts {
    let total = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for (day, log) in logs.iter().enumerate() {
            let span = info_span!("count", day);
            let (total, work) = (&total, &work);
            scope.spawn(move || {
                let mut total = total
                    .lock()
                    .expect("no thread panics while it holds the lock");
                let counts = span.in_scope(|| work(log));
                span.in_scope(|| add(&mut total, counts));
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: work_inside

// ANCHOR: work_first
/// Does the work, then takes the lock: the threads meet only to add up.
pub fn work_first(
    logs: &[&str],
    work: impl Fn(&str) -> Counts + Sync,
) -> Counts {
    let total = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for (day, log) in logs.iter().enumerate() {
            let span = info_span!("count", day);
            let (total, work) = (&total, &work);
            scope.spawn(move || {
                let counts = span.in_scope(|| work(log));
                let mut total = total
                    .lock()
                    .expect("no thread panics while it holds the lock");
                span.in_scope(|| add(&mut total, counts));
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: work_first

// ANCHOR: add
fn add(total: &mut Counts, counts: Counts) {
    for (page, count) in counts {
        *total.entry(page).or_default() += count;
    }
}
// ANCHOR_END: add

// ANCHOR: rwlock
/// [`work_first`] with an `RwLock`. Each thread writes, so each takes the lock
/// alone, as before.
pub fn work_first_rwlock(
    logs: &[&str],
    work: impl Fn(&str) -> Counts + Sync,
) -> Counts {
    let total = RwLock::new(Counts::new());
    thread::scope(|scope| {
        for log in logs {
            scope.spawn(|| {
                let counts = work(log);
                let mut total = total
                    .write()
                    .expect("no thread panics while it holds the lock");
                add(&mut total, counts);
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: rwlock

// ANCHOR: dashmap
/// [`work_first`] with a `DashMap`, which locks only the shard of the page.
pub fn work_first_dashmap(
    logs: &[&str],
    work: impl Fn(&str) -> Counts + Sync,
) -> Counts {
    let total: DashMap<String, u64> = DashMap::new();
    thread::scope(|scope| {
        for log in logs {
            scope.spawn(|| {
                for (page, count) in work(log) {
                    *total.entry(page).or_default() += count;
                }
            });
        }
    });
    total.into_iter().collect()
}
// ANCHOR_END: dashmap

/// Counts the visits of four days with the lock held too long and held briefly,
/// then shows what each kind of map keeps from a second thread.
pub fn main() -> Result<(), Box<dyn Error>> {
    let log =
        "Home prices about home Contact jobs news Prices map ".repeat(30_000);
    let logs = [log.as_str(); 4];

    let timeline =
        timeline::timeline("lock, then work: the threads take turns");
    let inside = work_inside(&logs, visits);
    timeline.draw();
    println!("visits to home: {}\n", inside["home"]);

    let timeline = timeline::timeline(
        "work, then lock: the threads work at the same time",
    );
    let first = work_first(&logs, visits);
    timeline.draw();
    println!("visits to home: {}", first["home"]);
    let twins =
        [work_first_rwlock(&logs, visits), work_first_dashmap(&logs, visits)];
    let agree = twins.iter().all(|twin| *twin == first) && inside == first;
    println!("RwLock and DashMap agree: {agree}\n");

    let others: Vec<String> =
        (0..1_000).map(|number| format!("page {number}")).collect();
    println!(
        "one thread holds a page; of 1000 others, a second thread reaches"
    );
    println!("           both write  both read");
    for (map, [writing, reading]) in [
        ("Mutex", reachable_mutex(&others)),
        ("RwLock", reachable_rwlock(&others)),
        ("DashMap", reachable_dashmap(&others)),
    ] {
        println!("  {map:<7}  {writing:>10}  {reading:>9}");
    }
    Ok(())
}

/// The number of `others` that a second thread can reach at once while a first
/// one holds the entry of a page: when both want to write, and when both want
/// to read. Here none: the whole map is locked.
fn reachable_mutex(others: &[String]) -> [usize; 2] {
    let map = Mutex::new(filled(others));
    let _held = map.lock().expect("no thread panicked");
    [on_another_thread(others, |_| map.try_lock().is_ok()); 2]
}

/// As [`reachable_mutex`]. Here all, to those who read while others read and no
/// writer waits.
fn reachable_rwlock(others: &[String]) -> [usize; 2] {
    let map = RwLock::new(filled(others));
    let held = map.write().expect("no thread panicked");
    let writing = on_another_thread(others, |_| map.try_write().is_ok());
    drop(held);
    let _held = map.read().expect("no thread panicked");
    [writing, on_another_thread(others, |_| map.try_read().is_ok())]
}

/// As [`reachable_mutex`]. Here all but the pages that share a part of the map
/// with the one held.
fn reachable_dashmap(others: &[String]) -> [usize; 2] {
    let map: DashMap<String, u64> = filled(others).into_iter().collect();
    let held = map.entry("held".to_owned()).or_default();
    let writing =
        on_another_thread(others, |page| map.try_entry(page.clone()).is_some());
    drop(held);
    let _held = map.get("held");
    [writing, on_another_thread(others, |page| !map.try_get(page).is_locked())]
}

fn filled(pages: &[String]) -> Counts {
    pages.iter().map(|page| (page.clone(), 1)).collect()
}

fn on_another_thread(
    pages: &[String],
    reach: impl Fn(&String) -> bool + Sync,
) -> usize {
    let count = || pages.iter().filter(|page| reach(page)).count();
    thread::scope(|scope| scope.spawn(count).join())
        .expect("looking does not panic")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
