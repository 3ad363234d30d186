//! From which size on parallel pays, with little work for each number and with
//! much.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use lessons::measure::{
    Control, Table, fastest, human, in_turn, thousands, time_each,
};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{par_squares, squares};

/// For each number, the ways to write it as a sum of two squares: much more
/// work for each number.
pub fn sums(numbers: &[u32]) -> impl Iterator<Item = u64> {
    numbers.iter().map(ways)
}

/// [`sums`], computed on the threads of the current pool.
pub fn par_sums(numbers: &[u32]) -> impl IndexedParallelIterator<Item = u64> {
    numbers.par_iter().map(ways)
}

/// 25 can be written in two ways: 0² + 5² and 3² + 4².
fn ways(&number: &u32) -> u64 {
    let is_square = |n: u32| n.isqrt().pow(2) == n;
    let smaller = 0..=(number / 2).isqrt();
    smaller.filter(|a| is_square(number - a * a)).count() as u64
}

/// A function to measure. It fills a vector that is used again, or the
/// allocator would be measured, too.
pub(super) type Arm = fn(&ThreadPool, &[u32], &mut Vec<u64>);

pub(super) const SQUARES: [Arm; 2] = [
    |_, numbers, into| into.extend(squares(numbers)),
    |pool, numbers, into| {
        pool.install(|| par_squares(numbers).collect_into_vec(into))
    },
];
pub(super) const SUMS: [Arm; 2] = [
    |_, numbers, into| into.extend(sums(numbers)),
    |pool, numbers, into| {
        pool.install(|| par_sums(numbers).collect_into_vec(into))
    },
];

/// The fastest of several rounds at one size.
pub(super) struct Row {
    pub(super) items: usize,
    /// On one thread, measured twice.
    pub(super) serial: Control,
    pub(super) parallel: Duration,
}

const ROUNDS: usize = 15;

pub(super) fn row(
    pool: &ThreadPool,
    items: u32,
    [serial, parallel]: [Arm; 2],
) -> (Row, [String; 5]) {
    let numbers: Vec<u32> = (0..items).collect();
    // A clock is too coarse for ten squares: a round is many calls.
    let calls = (100_000 / items).clamp(1, 1_000);
    let timed = |arm: Arm| {
        let (numbers, mut into) = (&numbers, Vec::with_capacity(numbers.len()));
        move || {
            time_each(calls, || {
                into.clear();
                arm(pool, black_box(numbers), &mut into);
                black_box(&into);
            })
        }
    };
    let arms: [&mut dyn FnMut() -> Duration; 3] =
        [&mut timed(serial), &mut timed(parallel), &mut timed(serial)];
    let [serial, parallel, again] =
        in_turn(ROUNDS, arms).map(|times| fastest(&times));
    let row = Row {
        items: numbers.len(),
        serial: Control::new(serial, again),
        parallel,
    };
    let label = format!("{:>9}", thousands(items.into()));
    let says = row.serial.compared(parallel);
    (row, [label, human(serial), human(again), human(parallel), says])
}

/// Prints the tables, and from which size on parallel pays.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = &ThreadPoolBuilder::new().build()?;
    let threads = pool.current_num_threads();
    println!("\nfastest of {ROUNDS} rounds; threads: {threads}");
    let sizes = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 4_000_000];
    let mut best = 0.0_f64;
    for (title, arms, sizes) in [
        ("squares", SQUARES, &sizes[..]),
        ("sums of two squares", SUMS, &sizes[..4]),
    ] {
        let mut table =
            Table::new(["    items", "serial", "again", "parallel", ""]);
        let mut rows = Vec::new();
        for &items in sizes {
            let (row, cells) = row(pool, items, arms);
            table.row(cells);
            best = best.max(row.serial.gain(row.parallel));
            rows.push(row);
        }
        println!("\n{title}\n{table}{}", verdict(&rows));
    }
    println!("\nbest gain: {best:.1}×; threads: {threads}");
    println!(
        "(if it is far below the number of threads, other programs had the cores)"
    );
    Ok(())
}

/// From which size on parallel was faster at every size, by more than the
/// noise.
pub(super) fn verdict(rows: &[Row]) -> String {
    if let Some(busy) = rows.iter().find_map(|row| row.serial.too_busy(1.25)) {
        return busy;
    }
    let faster = |row: &&Row| {
        row.serial.gain(row.parallel) > row.serial.noise().max(1.05)
    };
    match rows.iter().rev().take_while(faster).last() {
        Some(row) => format!(
            "parallel pays from {} items on",
            thousands(row.items as u64)
        ),
        None => "parallel was not faster at the largest size".to_owned(),
    }
}
