//! How long each of the seven ways takes, with few different words and with
//! many.

use std::error::Error;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lessons::measure::{Control, Table, all_in_turn, median};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{
    Counts, DashCounts, PapayaCounts, Text, dashmap_per_page, dashmap_per_word,
    fold_reduce, map_per_worker, merge, one_mutex, own_maps, pages,
    papaya_per_word, sequential, unpinned,
};

/// Counts two texts in seven ways, and prints how long each took.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let threads = pool.current_num_threads();
    println!("\nmedian of {ROUNDS} rounds; threads: {threads}\n");
    let mut quiet = true;
    for text in TEXTS {
        let measured = measure(&pages(text), &pool);
        println!("{}", measured.table(text));
        quiet &= measured.is_quiet(threads);
    }
    println!("all ways agree; less than 1.00 is slower than one thread");
    if quiet {
        println!(
            "the machine was quiet: the controls are where they should be"
        );
    } else {
        println!(
            "too busy to tell: the controls should be near {threads}.00 and 1.00"
        );
    }
    Ok(())
}

/// A way to count words.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Its name in the table.
    pub name: &'static str,
    /// Counts, and returns how long it took until the last map was complete.
    pub run: for<'a> fn(&'a [String], &ThreadPool) -> (Duration, Counts<'a>),
}

/// The seven ways.
pub const WAYS: [Way; 7] = [
    Way { name: "one thread", run: |pages, _| timed(|| sequential(pages)) },
    Way {
        name: "one mutex, per word",
        run: |pages, pool| timed(|| one_mutex(pages, pool)),
    },
    Way {
        name: "DashMap, per word",
        run: |pages, pool| timed(|| dashmap_per_word(pages, pool)),
    },
    Way {
        name: "DashMap, per page",
        run: |pages, pool| timed(|| dashmap_per_page(pages, pool)),
    },
    Way {
        name: "papaya, per word",
        run: |pages, pool| timed(|| papaya_per_word(pages, pool)),
    },
    Way {
        name: "fold and reduce",
        run: |pages, pool| timed(|| fold_reduce(pages, pool)),
    },
    Way {
        name: "a map per worker",
        run: |pages, pool| timed(|| map_per_worker(pages, pool)),
    },
];

/// The last way without its end, and the first again: how many cores there
/// were, and how far to trust the figures. In this order: threads that begin
/// after a single one has run may have to share a core for some milliseconds,
/// until the system has noticed.
pub const CONTROLS: [Way; 2] = [
    Way {
        name: "maps not merged",
        run: |pages, pool| timed(|| own_maps(pages, pool)),
    },
    Way {
        name: "one thread, again",
        run: |pages, _| timed(|| sequential(pages)),
    },
];

/// The time leaves out turning the map into one that can be compared, and
/// dropping it.
fn timed<'a, M: IntoCounts<'a>>(
    way: impl FnOnce() -> M,
) -> (Duration, Counts<'a>) {
    let start = Instant::now();
    let map = black_box(way());
    (start.elapsed(), map.into_counts())
}

/// The result of a way of counting.
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
        unpinned(&self)
    }
}

impl<'a> IntoCounts<'a> for Vec<Counts<'a>> {
    fn into_counts(self) -> Counts<'a> {
        self.into_iter().reduce(merge).unwrap_or_default()
    }
}

/// Few keys, and many.
pub const TEXTS: [Text; 2] = [
    Text { words: 2_000_000, different: 16 },
    Text { words: 3_000_000, different: 20_000 },
];

const ROUNDS: usize = 5;

/// The medians of [`ROUNDS`] rounds.
pub(super) struct Measured {
    /// For each of the [`WAYS`], then for each of the [`CONTROLS`].
    times: Vec<Duration>,
}

/// Measures all ways and the controls, in turn.
///
/// # Panics
/// If the ways do not agree.
pub(super) fn measure(pages: &[String], pool: &ThreadPool) -> Measured {
    let expected = &sequential(pages);
    let arm = |way: &'static Way| -> Box<dyn FnMut() -> Duration + '_> {
        Box::new(move || {
            let (took, counts) = (way.run)(pages, pool);
            assert!(counts == *expected, "'{}' counts otherwise", way.name);
            took
        })
    };
    let mut arms: Vec<_> = WAYS.iter().chain(&CONTROLS).map(arm).collect();
    let rounds = all_in_turn(ROUNDS, &mut arms);
    Measured { times: rounds.iter().map(|times| median(times)).collect() }
}

impl Measured {
    /// A measurement with these medians, in the order of `times`.
    #[cfg(test)]
    pub(super) fn new(times: Vec<Duration>) -> Self {
        Measured { times }
    }

    /// One thread, measured twice.
    pub(super) fn one_thread(&self) -> Control {
        Control::new(self.times[0], self.times[WAYS.len() + 1])
    }

    /// Whether nothing else kept the machine busy: the same takes the same
    /// time, and each of the threads, when they share nothing, has nearly a
    /// core.
    pub(super) fn is_quiet(&self, threads: usize) -> bool {
        let cores = self.one_thread().gain(self.times[WAYS.len()]);
        self.one_thread().too_busy(1.05).is_none()
            && cores >= 0.9 * threads as f64
    }

    pub(super) fn table(&self, text: Text) -> Table<3> {
        let heading = format!("{} different words", text.different);
        let mut table = Table::new([&heading, "ns a word", "× one thread"]);
        for (way, &took) in WAYS.iter().chain(&CONTROLS).zip(&self.times) {
            let ns = took.as_secs_f64() * 1e9 / text.words as f64;
            let gain = self.one_thread().gain(took);
            table.row([
                way.name.to_owned(),
                format!("{ns:.1}"),
                format!("{gain:.2}"),
            ]);
        }
        table
    }
}
