//! What each effect gains from more threads, with controls, and Amdahl's law
//! fitted to it.

use std::cell::RefCell;
use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use lessons::measure::{Control, Table, all_in_turn, fastest, human, time};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{
    FEW, MANY, Pass, louder, par_apply, par_apply_late, recorded, serial_share,
    warmer,
};

/// Measures an effect that computes, the same with a serial quarter, and one
/// that hardly computes.
pub fn print() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    let mut pools = Vec::new();
    for threads in thread_counts(cores) {
        pools.push(ThreadPoolBuilder::new().num_threads(threads).build()?);
    }
    let samples = recorded(MANY);
    let (few, many) = (&samples[..FEW], &samples[..]);
    let columns = measured(
        &pools,
        [
            (|from, into| par_apply(from, into, warmer), few),
            (|from, into| par_apply_late(from, into, warmer), few),
            (|from, into| par_apply(from, into, louder), many),
        ],
    );
    print!(
        "\ncores: {cores}; fastest of {ROUNDS} rounds\n\n{}",
        table(&columns, cores)
    );

    let bytes = (many.len() * 2 * size_of::<f32>()) as f64;
    let rate = |&(_, time): &(usize, Duration)| {
        format!("{:.1}", bytes / time.as_secs_f64() / 1e9)
    };
    let rates: Vec<String> = columns[2].times.iter().map(rate).collect();
    println!("\nlouder reads and writes, in GB/s: {}", rates.join(", "));
    let [warmer, _, louder] =
        columns.each_ref().map(|column| column.gain(cores));
    let gains = || {
        format!(
            "warmer gets {warmer:.2}× from {cores} cores, louder {louder:.2}×"
        )
    };
    println!("{}", too_busy(&columns, cores).unwrap_or_else(gains));
    Ok(())
}

/// The numbers of threads to measure on: 1, 2, 4 and so on up to all cores, and
/// then twice as many threads as there are cores.
pub fn thread_counts(cores: usize) -> Vec<usize> {
    let doubled = |n: &usize| n.checked_mul(2);
    let below =
        std::iter::successors(Some(1), doubled).take_while(|&n| n < cores);
    below.chain([cores, 2 * cores]).collect()
}

const ROUNDS: usize = 15;

/// The fastest of several rounds of one pass.
pub(super) struct Column {
    /// Numbers of threads, smallest first, and how long it took.
    pub(super) times: Vec<(usize, Duration)>,
    /// The first of these, measured twice.
    pub(super) control: Control,
}

impl Column {
    /// The factor by which it was faster on `threads` threads than on the
    /// fewest, of whose two measurements the better counts. 0 if that was not
    /// measured.
    pub(super) fn gain(&self, threads: usize) -> f64 {
        let on = self.times.iter().find(|(n, _)| *n == threads);
        on.map_or(0.0, |(_, time)| self.control.gain(*time))
    }

    /// The serial share that fits best, looking at no more threads than there
    /// are cores.
    pub(super) fn serial_share(&self, cores: usize) -> Option<f64> {
        let mut fitted = self.times.clone();
        fitted[0].1 = self.control.best();
        fitted.retain(|(threads, _)| *threads <= cores);
        serial_share(&fitted)
    }
}

/// Measures each pass on each pool, and on the first pool again, all in turn.
pub(super) fn measured<const N: usize>(
    pools: &[ThreadPool],
    passes: [(Pass, &[f32]); N],
) -> [Column; N] {
    let longest =
        passes.iter().map(|(_, samples)| samples.len()).max().unwrap_or(0);
    // Every page of it is written once here, or the first round would measure
    // the system, too.
    let into = RefCell::new(vec![1.0; longest]);
    let mut arms: Vec<Box<dyn FnMut() -> Duration + '_>> = Vec::new();
    for (pass, samples) in passes {
        for pool in pools.iter().chain(&pools[..1]) {
            let into = &into;
            arms.push(Box::new(move || {
                let into = &mut into.borrow_mut()[..samples.len()];
                time(|| {
                    pool.install(|| pass(black_box(samples), black_box(into)))
                })
            }));
        }
    }
    let best: Vec<Duration> = all_in_turn(ROUNDS, &mut arms)
        .iter()
        .map(|times| fastest(times))
        .collect();
    let mut columns = best.chunks(pools.len() + 1).map(|best| Column {
        times: pools
            .iter()
            .map(ThreadPool::current_num_threads)
            .zip(best.iter().copied())
            .collect(),
        control: Control::new(best[0], best[pools.len()]),
    });
    [(); N].map(|()| columns.next().expect("a column for each pass"))
}

/// Why the measurements of [`warmer`], of the same with a quarter alone and of
/// [`louder`] say nothing, or `None` if the machine was quiet.
pub(super) fn too_busy(columns: &[Column; 3], cores: usize) -> Option<String> {
    let [warmer, late, _] = columns;
    if let Some(busy) =
        columns.iter().find_map(|column| column.control.too_busy(1.1))
    {
        return Some(busy);
    }
    let reached = warmer.gain(cores) / cores as f64 * 100.0;
    let share = late.serial_share(cores).unwrap_or(0.25);
    let more = 2 * cores;
    let why = if reached < 93.0 {
        format!("even warmer got only {reached:.0} % of {cores} cores")
    } else if (share - 0.25).abs() > 0.07 {
        format!("the quarter alone was taken for {:.0} %", share * 100.0)
    } else if columns
        .iter()
        .any(|column| column.gain(more) > 1.1 * column.gain(cores))
    {
        format!("{more} threads got more than {cores} cores have")
    } else {
        return None;
    };
    Some(format!("too busy to tell: {why}; try a quiet moment"))
}

fn table(columns: &[Column; 3], cores: usize) -> Table<4> {
    let mut table =
        Table::new(["threads", "warmer", "a quarter alone", "louder"]);
    let mut row = |label: &str, cell: &dyn Fn(&Column) -> String| {
        let [warmer, late, louder] = columns.each_ref().map(cell);
        table.row([label.to_owned(), warmer, late, louder]);
    };
    for (index, &(threads, _)) in columns[0].times.iter().enumerate() {
        let more = if threads > cores { ", more than cores" } else { "" };
        row(&format!("{threads}{more}"), &|column| {
            format!(
                "{}  {:.2}×",
                human(column.times[index].1),
                column.gain(threads)
            )
        });
    }
    row(&format!("expected of {cores}"), &|_| format!("{cores}×"));
    let share = |column: &Column, of: fn(f64) -> String| {
        column.serial_share(cores).map_or("unknown".to_owned(), of)
    };
    row("serial share", &|column| {
        share(column, |share| format!("{:.0} %", share * 100.0))
    });
    row("so never above", &|column| {
        share(column, |share| match 1.0 / share {
            limit if limit < 100.0 => format!("{limit:.1}×"),
            _ => "over 100×".to_owned(),
        })
    });
    table
}
