//! Word counts seven ways: to count fast, share nothing until the end.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use papaya::ResizeMode;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// ANCHOR: counts
/// How often each word occurs. The keys are slices of the pages: no word is copied.
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
    page.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty())
}

/// One thread, one map.
pub fn sequential(pages: &[String]) -> Counts<'_> {
    let mut counts = Counts::default();
    pages.iter().for_each(|page| add_page(&mut counts, page));
    counts
}

// ANCHOR: on_each_thread
/// Runs `work` once on each thread of the pool. The iterator that it gets takes page after page
/// from a pile that all threads share.
pub fn on_each_thread<'a, T: Send>(
    pages: &'a [String],
    pool: &ThreadPool,
    work: impl Fn(&mut dyn Iterator<Item = &'a str>) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    pool.broadcast(|_| {
        let page = || pages.get(next.fetch_add(1, Ordering::Relaxed)).map(String::as_str);
        work(&mut std::iter::from_fn(page))
    })
}
// ANCHOR_END: on_each_thread

/// One map behind one lock, taken for each word.
pub fn one_mutex<'a>(pages: &'a [String], pool: &ThreadPool) -> Mutex<Counts<'a>> {
    let counts = Mutex::new(Counts::default());
    on_each_thread(pages, pool, |pages| {
        for word in pages.flat_map(words) {
            *counts.lock().expect("no thread panics while it counts").entry(word).or_default() += 1;
        }
    });
    counts
}

// ANCHOR: dashmap
/// A `DashMap`, with a shard locked for each word.
pub fn dashmap_per_word<'a>(pages: &'a [String], pool: &ThreadPool) -> DashCounts<'a> {
    let counts = DashCounts::default();
    on_each_thread(pages, pool, |pages| {
        for word in pages.flat_map(words) {
            *counts.entry(word).or_default() += 1;
        }
    });
    counts
}

/// A `DashMap`, and a map of its own for each page: a lock for each different word of a page.
pub fn dashmap_per_page<'a>(pages: &'a [String], pool: &ThreadPool) -> DashCounts<'a> {
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
/// A map without locks. Its values cannot be changed in place, so each is an atomic counter.
pub fn papaya_per_word<'a>(pages: &'a [String], pool: &ThreadPool) -> PapayaCounts<'a> {
    // Its default is to grow step by step, a little with each call: never long, but more in all.
    let growing = papaya::HashMap::builder().resize_mode(ResizeMode::Blocking);
    let counts = growing.hasher(RandomState::default()).build();
    on_each_thread(pages, pool, |pages| {
        for page in pages {
            let counts = counts.pin();
            for word in words(page) {
                counts.get_or_insert_with(word, AtomicU64::default).fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    counts
}

/// [`Counts`] without locks.
pub type PapayaCounts<'a> = papaya::HashMap<&'a str, AtomicU64, RandomState>;
// ANCHOR_END: papaya

// ANCHOR: fold_reduce
/// Rayon decides how many maps there are, and merges them two by two.
pub fn fold_reduce<'a>(pages: &'a [String], pool: &ThreadPool) -> Counts<'a> {
    let add = |mut counts, page| {
        add_page(&mut counts, page);
        counts
    };
    let pages = pages.par_iter().map(String::as_str);
    pool.install(|| pages.fold(Counts::default, add).reduce(Counts::default, merge))
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
pub fn map_per_worker<'a>(pages: &'a [String], pool: &ThreadPool) -> Counts<'a> {
    own_maps(pages, pool).into_iter().reduce(merge).unwrap_or_default()
}

/// The same without the end: what the cores give when the threads share nothing.
pub fn own_maps<'a>(pages: &'a [String], pool: &ThreadPool) -> Vec<Counts<'a>> {
    on_each_thread(pages, pool, |pages| {
        let mut counts = Counts::default();
        pages.for_each(|page| add_page(&mut counts, page));
        counts
    })
}
// ANCHOR_END: map_per_worker

/// A way to count words.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What the table calls it.
    pub name: &'static str,
    /// Counts, and returns how long it took until the last map was complete.
    pub run: for<'a> fn(&'a [String], &ThreadPool) -> (Duration, Counts<'a>),
}

/// The seven ways.
pub const WAYS: [Way; 7] = [
    Way { name: "one thread", run: |pages, _| timed(|| sequential(pages)) },
    Way { name: "one mutex, per word", run: |pages, pool| timed(|| one_mutex(pages, pool)) },
    Way { name: "DashMap, per word", run: |pages, pool| timed(|| dashmap_per_word(pages, pool)) },
    Way { name: "DashMap, per page", run: |pages, pool| timed(|| dashmap_per_page(pages, pool)) },
    Way { name: "papaya, per word", run: |pages, pool| timed(|| papaya_per_word(pages, pool)) },
    Way { name: "fold and reduce", run: |pages, pool| timed(|| fold_reduce(pages, pool)) },
    Way { name: "a map per worker", run: |pages, pool| timed(|| map_per_worker(pages, pool)) },
];

/// The last way without its end, and the first again: how many cores there were, and how far to
/// trust the figures. In this order: threads that begin after a single one has run may have to
/// share a core for some milliseconds, until the system has noticed.
pub const CONTROLS: [Way; 2] = [
    Way { name: "maps not merged", run: |pages, pool| timed(|| own_maps(pages, pool)) },
    Way { name: "one thread, again", run: |pages, _| timed(|| sequential(pages)) },
];

/// Not in the time: turning the map into one that can be compared, and dropping it.
fn timed<'a, M: IntoCounts<'a>>(way: impl FnOnce() -> M) -> (Duration, Counts<'a>) {
    let start = Instant::now();
    let map = black_box(way());
    (start.elapsed(), map.into_counts())
}

/// What a way of counting returns.
trait IntoCounts<'a> {
    fn into_counts(self) -> Counts<'a>;
}

impl<'a> IntoCounts<'a> for Counts<'a> {
    fn into_counts(self) -> Counts<'a> {
        self
    }
}

impl<'a> IntoCounts<'a> for Mutex<Counts<'a>> {
    fn into_counts(self) -> Counts<'a> {
        self.into_inner().expect("no thread panicked")
    }
}

impl<'a> IntoCounts<'a> for DashCounts<'a> {
    fn into_counts(self) -> Counts<'a> {
        self.into_iter().collect()
    }
}

impl<'a> IntoCounts<'a> for PapayaCounts<'a> {
    fn into_counts(self) -> Counts<'a> {
        let counts = self.pin();
        counts.iter().map(|(word, count)| (*word, count.load(Ordering::Relaxed))).collect()
    }
}

impl<'a> IntoCounts<'a> for Vec<Counts<'a>> {
    fn into_counts(self) -> Counts<'a> {
        self.into_iter().reduce(merge).unwrap_or_default()
    }
}

/// How much text to make, and of how many different words.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Words in all.
    pub words: usize,
    /// Different words, if the text is long enough for the rarest.
    pub different: usize,
}

/// Few keys, and many.
pub const TEXTS: [Text; 2] =
    [Text { words: 2_000_000, different: 16 }, Text { words: 3_000_000, different: 20_000 }];

/// Makes pages of 2000 words, always the same. As in real text, the second word is about half as
/// frequent as the first, the third a third, and so on.
pub fn pages(text: Text) -> Vec<String> {
    let vocabulary: Vec<String> = (0..text.different).map(spell).collect();
    let mut random = fastrand::Rng::with_seed(5);
    let mut page = |words: usize| {
        let mut page = String::with_capacity(5 * words);
        for _ in 0..words {
            // The exponent is even between 0 and 1, so the small ranks come often.
            let rank = (text.different as f64 + 1.0).powf(random.f64()) as usize;
            page.push_str(&vocabulary[rank.min(text.different) - 1]);
            page.push_str([" ", " ", " ", " ", " ", " ", ", ", ". "][random.usize(0..8)]);
        }
        page
    };
    let starts = (0..text.words).step_by(2_000);
    starts.map(|start| page((text.words - start).min(2_000))).collect()
}

/// The `n`th word, short if `n` is small: its digits to the base 26, the last one first.
fn spell(mut n: usize) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return word;
        }
    }
}

/// The medians of several rounds.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// For each of the [`WAYS`].
    pub ways: [Duration; WAYS.len()],
    /// For each of the [`CONTROLS`].
    pub controls: [Duration; CONTROLS.len()],
}

/// Measures all ways and the controls. They take turns, so that a busy moment hits all alike.
///
/// # Panics
/// If the ways do not agree.
pub fn measure(pages: &[String], pool: &ThreadPool, rounds: usize) -> Measured {
    let expected = sequential(pages);
    let mut times = [const { Vec::new() }; WAYS.len() + CONTROLS.len()];
    for _ in 0..rounds {
        for (way, times) in WAYS.iter().chain(&CONTROLS).zip(&mut times) {
            let (took, counts) = (way.run)(pages, pool);
            assert!(counts == expected, "'{}' counts otherwise", way.name);
            times.push(took);
        }
    }
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    Measured {
        ways: std::array::from_fn(|way| medians[way]),
        controls: std::array::from_fn(|control| medians[WAYS.len() + control]),
    }
}

impl Measured {
    /// How many times as fast as one thread, in the better of its two measurements.
    pub fn gain(&self, took: Duration) -> f64 {
        self.ways[0].min(self.controls[1]).div_duration_f64(took)
    }

    /// The factor between two measurements of the same thing.
    pub fn noise(&self) -> f64 {
        let [one, again] = [self.ways[0], self.controls[1]];
        one.max(again).div_duration_f64(one.min(again))
    }

    /// How many cores there were for threads that share nothing.
    pub fn cores(&self) -> f64 {
        self.gain(self.controls[0])
    }

    /// Whether nothing else kept the machine busy: the same takes the same time, and each of the
    /// threads had nearly a core.
    pub fn is_quiet(&self, threads: usize) -> bool {
        self.noise() <= 1.05 && self.cores() >= 0.9 * threads as f64
    }
}

/// Counts two texts in seven ways, and prints how long each took.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let threads = pool.current_num_threads();
    let rounds = 5;
    let measured = TEXTS.map(|text| measure(&pages(text), &pool, rounds));

    let row = |name: &str, cells: [(String, String); 2]| {
        let [(few, few_gain), (many, many_gain)] = cells;
        println!("{name:<22} {few:>9} {few_gain:>13} {many:>12} {many_gain:>13}");
    };
    println!("median of {rounds} rounds; threads: {threads}\n");
    let [few, many] = TEXTS.map(|text| format!("{} different words", text.different));
    println!("{:<22} {few:>23} {many:>26}", "");
    row("", [(); 2].map(|()| ("ns a word".to_owned(), "× one thread".to_owned())));
    let cells = |took: fn(&Measured, usize) -> Duration, way| {
        [0, 1].map(|text| {
            let took = took(&measured[text], way);
            let ns = took.as_secs_f64() * 1e9 / TEXTS[text].words as f64;
            (format!("{ns:.1}"), format!("{:.2}", measured[text].gain(took)))
        })
    };
    for (index, way) in WAYS.iter().enumerate() {
        row(way.name, cells(|measured, index| measured.ways[index], index));
    }
    println!("controls");
    for (index, way) in CONTROLS.iter().enumerate() {
        let name = format!("  {}", way.name);
        row(&name, cells(|measured, index| measured.controls[index], index));
    }

    println!("\nall ways agree; less than 1.00 is slower than one thread");
    if measured.iter().all(|measured| measured.is_quiet(threads)) {
        println!("the machine was quiet: the controls are where they should be");
    } else {
        println!("the machine was NOT quiet: the controls should be near {threads}.00 and 1.00;");
        println!("measure again before you believe the table");
    }
    println!("\nto be fast:                a map for each worker, merged once");
    println!("to be seen while it grows: one shared map, changed per page, not per word");
    Ok(())
}

#[cfg(test)]
mod tests;
