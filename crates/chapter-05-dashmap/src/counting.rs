//! To count fast, share nothing until the end.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use papaya::ResizeMode;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

pub use stage::{Text, pages};

// ANCHOR: counts
/// The number of times each word occurs. The keys are slices of the pages: no
/// word is copied.
pub type Counts<'a> = HashMap<&'a str, u64, RandomState>;

/// Adds the words of one page.
pub fn add_page<'a>(counts: &mut Counts<'a>, page: &'a str) {
    for word in words(page) {
        *counts.entry(word).or_default() += 1;
    }
}
// ANCHOR_END: counts

/// The words of a page.
pub fn words(page: &str) -> impl Iterator<Item = &str> {
    page.split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
}

/// One thread, one map.
pub fn sequential(pages: &[String]) -> Counts<'_> {
    let mut counts = Counts::default();
    pages.iter().for_each(|page| add_page(&mut counts, page));
    counts
}

// ANCHOR: on_each_thread
/// Runs `work` once on each thread of the pool. The iterator that it gets takes
/// page after page from a pile that all threads share.
pub fn on_each_thread<'a, T: Send>(
    pages: &'a [String],
    pool: &ThreadPool,
    work: impl Fn(&mut dyn Iterator<Item = &'a str>) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    pool.broadcast(|_| {
        let page = || {
            pages.get(next.fetch_add(1, Ordering::Relaxed)).map(String::as_str)
        };
        work(&mut std::iter::from_fn(page))
    })
}
// ANCHOR_END: on_each_thread

/// One map behind one lock, taken for each word.
pub fn one_mutex<'a>(
    pages: &'a [String],
    pool: &ThreadPool,
) -> Mutex<Counts<'a>> {
    let counts = Mutex::new(Counts::default());
    on_each_thread(pages, pool, |pages| {
        for word in pages.flat_map(words) {
            *counts
                .lock()
                .expect("no thread panics while it counts")
                .entry(word)
                .or_default() += 1;
        }
    });
    counts
}

// ANCHOR: dashmap
/// A `DashMap`, with a shard locked for each word.
pub fn dashmap_per_word<'a>(
    pages: &'a [String],
    pool: &ThreadPool,
) -> DashCounts<'a> {
    let counts = DashCounts::default();
    on_each_thread(pages, pool, |pages| {
        for word in pages.flat_map(words) {
            *counts.entry(word).or_default() += 1;
        }
    });
    counts
}

/// A `DashMap`, and a map of its own for each page: a lock for each different
/// word of a page.
pub fn dashmap_per_page<'a>(
    pages: &'a [String],
    pool: &ThreadPool,
) -> DashCounts<'a> {
    let counts = DashCounts::default();
    on_each_thread(pages, pool, |pages| {
        let mut own = Counts::default();
        for page in pages {
            add_page(&mut own, page);
            for (word, count) in own.drain() {
                *counts.entry(word).or_default() += count;
            }
        }
    });
    counts
}

/// [`Counts`] in shards.
pub type DashCounts<'a> = DashMap<&'a str, u64, RandomState>;
// ANCHOR_END: dashmap

// ANCHOR: papaya
/// A map without locks. Its values cannot be changed in place, so each is an
/// atomic counter.
pub fn papaya_per_word<'a>(
    pages: &'a [String],
    pool: &ThreadPool,
) -> PapayaCounts<'a> {
    // Its default is to grow step by step, a little with each call: never long,
    // but more in all.
    let growing = papaya::HashMap::builder().resize_mode(ResizeMode::Blocking);
    let counts = growing.hasher(RandomState::default()).build();
    on_each_thread(pages, pool, |pages| {
        for page in pages {
            let counts = counts.pin();
            for word in words(page) {
                counts
                    .get_or_insert_with(word, AtomicU64::default)
                    .fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    counts
}

/// [`Counts`] without locks.
pub type PapayaCounts<'a> = papaya::HashMap<&'a str, AtomicU64, RandomState>;
// ANCHOR_END: papaya

/// The same as an ordinary map.
pub fn unpinned<'a>(counts: &PapayaCounts<'a>) -> Counts<'a> {
    let counts = counts.pin();
    counts
        .iter()
        .map(|(word, count)| (*word, count.load(Ordering::Relaxed)))
        .collect()
}

// ANCHOR: fold_reduce
/// Rayon decides how many maps there are, and merges them two by two.
pub fn fold_reduce<'a>(pages: &'a [String], pool: &ThreadPool) -> Counts<'a> {
    let add = |mut counts, page| {
        add_page(&mut counts, page);
        counts
    };
    let pages = pages.par_iter().map(String::as_str);
    pool.install(|| {
        pages.fold(Counts::default, add).reduce(Counts::default, merge)
    })
}

/// Adds the smaller map to the larger one.
pub fn merge<'a>(mut one: Counts<'a>, mut other: Counts<'a>) -> Counts<'a> {
    if one.len() < other.len() {
        mem::swap(&mut one, &mut other);
    }
    for (word, count) in other {
        *one.entry(word).or_default() += count;
    }
    one
}
// ANCHOR_END: fold_reduce

// ANCHOR: map_per_worker
/// A map for each thread, merged at the end.
pub fn map_per_worker<'a>(
    pages: &'a [String],
    pool: &ThreadPool,
) -> Counts<'a> {
    own_maps(pages, pool).into_iter().reduce(merge).unwrap_or_default()
}

/// The same without the end: what the cores give when the threads share
/// nothing.
pub fn own_maps<'a>(pages: &'a [String], pool: &ThreadPool) -> Vec<Counts<'a>> {
    on_each_thread(pages, pool, |pages| {
        let mut counts = Counts::default();
        pages.for_each(|page| add_page(&mut counts, page));
        counts
    })
}
// ANCHOR_END: map_per_worker

/// Counts a text in seven ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let pages = pages(Text { words: 200_000, different: 1_000 });
    let mutex =
        one_mutex(&pages, &pool).into_inner().expect("no thread panicked");
    let ways = [
        ("one thread", sequential(&pages)),
        ("one mutex, per word", mutex),
        (
            "DashMap, per word",
            dashmap_per_word(&pages, &pool).into_iter().collect(),
        ),
        (
            "DashMap, per page",
            dashmap_per_page(&pages, &pool).into_iter().collect(),
        ),
        ("papaya, per word", unpinned(&papaya_per_word(&pages, &pool))),
        ("fold and reduce", fold_reduce(&pages, &pool)),
        ("a map per worker", map_per_worker(&pages, &pool)),
    ];
    println!("{:<22}{:>8}{:>12}{:>8}", "", "words", "different", "\"a\"");
    for (way, counts) in ways {
        let words: u64 = counts.values().sum();
        println!("{way:<22}{words:>8}{:>12}{:>8}", counts.len(), counts["a"]);
    }
    println!("\nto be fast:                a map for each worker, merged once");
    println!(
        "to be seen while it grows: one shared map, changed per page, \
         not per word"
    );
    Ok(())
}

mod stage;
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
