//! One lock is enough if you hold it briefly.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, RwLock};
use std::thread;

use dashmap::DashMap;
use tracing::info_span;

/// The number of times each word occurs.
pub type Counts = HashMap<String, u64>;

// ANCHOR: words
/// The work: counts the words of one page.
pub fn words(page: &str) -> Counts {
    let mut counts = Counts::new();
    for word in page.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}
// ANCHOR_END: words

// ANCHOR: work_inside
/// Takes the lock, then does the work: one page at a time, however many threads there are.
pub fn work_inside(pages: &[&str], work: impl Fn(&str) -> Counts + Sync) -> Counts {
    let total = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for (number, page) in pages.iter().enumerate() {
            let span = info_span!("count", page = number);
            let (total, work) = (&total, &work);
            scope.spawn(move || {
                let mut total = total.lock().expect("no thread panics while it holds the lock");
                let counts = span.in_scope(|| work(page));
                span.in_scope(|| add(&mut total, counts));
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: work_inside

// ANCHOR: work_first
/// Does the work, then takes the lock: the threads meet only to add up.
pub fn work_first(pages: &[&str], work: impl Fn(&str) -> Counts + Sync) -> Counts {
    let total = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for (number, page) in pages.iter().enumerate() {
            let span = info_span!("count", page = number);
            let (total, work) = (&total, &work);
            scope.spawn(move || {
                let counts = span.in_scope(|| work(page));
                let mut total = total.lock().expect("no thread panics while it holds the lock");
                span.in_scope(|| add(&mut total, counts));
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: work_first

// ANCHOR: add
fn add(total: &mut Counts, counts: Counts) {
    for (word, count) in counts {
        *total.entry(word).or_default() += count;
    }
}
// ANCHOR_END: add

// ANCHOR: rwlock
/// [`work_first`] with an `RwLock`. Each thread writes, so each takes the lock alone, as before.
pub fn work_first_rwlock(pages: &[&str], work: impl Fn(&str) -> Counts + Sync) -> Counts {
    let total = RwLock::new(Counts::new());
    thread::scope(|scope| {
        for page in pages {
            scope.spawn(|| {
                let counts = work(page);
                let mut total = total.write().expect("no thread panics while it holds the lock");
                add(&mut total, counts);
            });
        }
    });
    total.into_inner().expect("no thread panicked")
}
// ANCHOR_END: rwlock

// ANCHOR: dashmap
/// [`work_first`] with a `DashMap`, which is locked a part at a time, by the word.
pub fn work_first_dashmap(pages: &[&str], work: impl Fn(&str) -> Counts + Sync) -> Counts {
    let total: DashMap<String, u64> = DashMap::new();
    thread::scope(|scope| {
        for page in pages {
            scope.spawn(|| {
                for (word, count) in work(page) {
                    *total.entry(word).or_default() += count;
                }
            });
        }
    });
    total.into_iter().collect()
}
// ANCHOR_END: dashmap

/// Counts the words of four pages with the lock held too long and held briefly, then shows what
/// each kind of map keeps from a second thread.
pub fn main() -> Result<(), Box<dyn Error>> {
    let page = "The quick brown fox jumps over the lazy dog. ".repeat(30_000);
    let pages = [page.as_str(); 4];

    let timeline = timeline::timeline("lock, then work: the threads take turns");
    let inside = work_inside(&pages, words);
    timeline.draw();
    println!("\"the\" counted: {}\n", inside["the"]);

    let timeline = timeline::timeline("work, then lock: the threads work at the same time");
    let first = work_first(&pages, words);
    timeline.draw();
    println!("\"the\" counted: {}", first["the"]);
    let twins = [work_first_rwlock(&pages, words), work_first_dashmap(&pages, words)];
    let agree = twins.iter().all(|twin| *twin == first) && inside == first;
    println!("RwLock and DashMap agree: {agree}\n");

    let others: Vec<String> = (0..1_000).map(|number| format!("word {number}")).collect();
    println!("one thread holds a word; of 1000 others, a second thread reaches");
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

/// The number of `others` that a second thread can reach at once while a first one holds the entry
/// of a word: when both want to write, and when both want to read. Here none: the lock is the map's.
fn reachable_mutex(others: &[String]) -> [usize; 2] {
    let map = Mutex::new(filled(others));
    let _held = map.lock().expect("no thread panicked");
    [on_another_thread(others, |_| map.try_lock().is_ok()); 2]
}

/// As [`reachable_mutex`]. Here all, to those who read while others read and no writer waits.
fn reachable_rwlock(others: &[String]) -> [usize; 2] {
    let map = RwLock::new(filled(others));
    let held = map.write().expect("no thread panicked");
    let writing = on_another_thread(others, |_| map.try_write().is_ok());
    drop(held);
    let _held = map.read().expect("no thread panicked");
    [writing, on_another_thread(others, |_| map.try_read().is_ok())]
}

/// As [`reachable_mutex`]. Here all but the words that share a part of the map with the one held.
fn reachable_dashmap(others: &[String]) -> [usize; 2] {
    let map: DashMap<String, u64> = filled(others).into_iter().collect();
    let held = map.entry("held".to_owned()).or_default();
    let writing = on_another_thread(others, |word| map.try_entry(word.clone()).is_some());
    drop(held);
    let _held = map.get("held");
    [writing, on_another_thread(others, |word| !map.try_get(word).is_locked())]
}

fn filled(words: &[String]) -> Counts {
    words.iter().map(|word| (word.clone(), 1)).collect()
}

fn on_another_thread(words: &[String], reach: impl Fn(&String) -> bool + Sync) -> usize {
    let count = || words.iter().filter(|word| reach(word)).count();
    thread::scope(|scope| scope.spawn(count).join()).expect("looking does not panic")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
