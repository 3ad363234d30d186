//! `join` does two halves at the same time, and their halves, down to a size where it pays no more.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

use crate::fold::{measure, random};

// ANCHOR: merge_sort
/// Sorts the items: both halves, then merges them. Pieces of no more than `cutoff` items are left
/// to std's sort. What compares equal keeps its order.
pub fn merge_sort<T: Ord + Copy>(items: &mut [T], cutoff: usize) {
    if items.len() <= cutoff.max(1) {
        return items.sort();
    }
    let middle = items.len() / 2;
    let (left, right) = items.split_at_mut(middle);
    merge_sort(left, cutoff);
    merge_sort(right, cutoff);
    merge(items, middle);
}
// ANCHOR_END: merge_sort

// ANCHOR: par_merge_sort
/// [`merge_sort`] on the threads of the current pool. Returns how often it called [`rayon::join`].
pub fn par_merge_sort<T: Ord + Copy + Send>(items: &mut [T], cutoff: usize) -> usize {
    divide_and_conquer(items, cutoff, &|piece: &mut [T]| piece.sort(), &merge)
}
// ANCHOR_END: par_merge_sort

// ANCHOR: divide_and_conquer
/// Does `solve` with pieces of no more than `cutoff` items, then `combine` with each two neighbors:
/// with both together, and where the second begins. Returns how often it called [`rayon::join`].
fn divide_and_conquer<T: Send>(
    items: &mut [T],
    cutoff: usize,
    solve: &(impl Fn(&mut [T]) + Sync),
    combine: &(impl Fn(&mut [T], usize) + Sync),
) -> usize {
    if items.len() <= cutoff.max(1) {
        solve(items);
        return 0;
    }
    let middle = items.len() / 2;
    let (left, right) = items.split_at_mut(middle);
    let (in_left, in_right) = rayon::join(
        || divide_and_conquer(left, cutoff, solve, combine),
        || divide_and_conquer(right, cutoff, solve, combine),
    );
    combine(items, middle);
    1 + in_left + in_right
}
// ANCHOR_END: divide_and_conquer

// ANCHOR: merge
/// Makes one sorted row of two: the items before `middle`, and those from there on.
fn merge<T: Ord + Copy>(items: &mut [T], middle: usize) {
    let left = items[..middle].to_vec();
    let (mut to, mut from) = (0, middle);
    for item in left {
        // Of two equal items the left one goes first: only smaller ones pass before it.
        while from < items.len() && items[from] < item {
            items[to] = items[from];
            (to, from) = (to + 1, from + 1);
        }
        items[to] = item;
        to += 1;
    }
}
// ANCHOR_END: merge

/// [`par_merge_sort`] with a span for each piece that is sorted, and for each merge.
pub fn par_merge_sort_seen<T: Ord + Copy + Send>(items: &mut [T], cutoff: usize) -> usize {
    let sort = |piece: &mut [T]| {
        info_span!("sort", items = piece.len()).in_scope(|| piece.sort());
    };
    let merge = |both: &mut [T], middle| {
        info_span!("merge", items = both.len()).in_scope(|| merge(both, middle));
    };
    divide_and_conquer(items, cutoff, &sort, &merge)
}

/// Sorts the same paths with and without a cutoff.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    let pairs = random(1).zip(random(2)).take(1 << 16);
    let files: Vec<String> = pairs.map(|(year, n)| format!("/letters/{year}/{n}.txt")).collect();
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    let count = paths.len();

    let timeline = lessons::timeline("eight pieces: sorted, then merged two by two");
    let mut sorted = paths.clone();
    pool.install(|| par_merge_sort_seen(&mut sorted, count / 8));
    timeline.draw();
    println!("sorted: {}; the last merge has nobody beside it\n", sorted.is_sorted());

    const CUTOFF: usize = 2_048;
    // Every way sorts a fresh copy, so the copying is in all times alike.
    let sort = |cutoff| merge_sort(black_box(&mut paths.clone()), cutoff);
    let par_sort = |cutoff| par_merge_sort(black_box(&mut paths.clone()), cutoff);
    let [serial, again, parallel, no_cutoff, parallel_no_cutoff, stds, rayons] =
        pool.install(|| {
            measure(
                15,
                [
                    &|| sort(CUTOFF),
                    &|| sort(CUTOFF),
                    &|| _ = par_sort(CUTOFF),
                    &|| sort(1),
                    &|| _ = par_sort(1),
                    &|| black_box(&mut paths.clone()).sort(),
                    &|| black_box(&mut paths.clone()).par_sort(),
                ],
            )
        });
    let joins = [CUTOFF, 1].map(|cutoff| pool.install(|| par_sort(cutoff)));
    println!("{count} paths, fastest of 15 rounds, on {} threads", pool.current_num_threads());
    println!("  {:19} {:>12} {:>14}", "", format!("cutoff {CUTOFF}"), "no cutoff");
    println!("  calls of join       {:>12} {:>14}", joins[0], joins[1]);
    print_row("merge_sort", [serial, no_cutoff]);
    print_row("par_merge_sort", [parallel, parallel_no_cutoff]);
    println!("\n  merge_sort again    {}", ms(again));
    println!("  std's sort          {}", ms(stds));
    println!("  Rayon's par_sort    {}", ms(rayons));
    println!("(if par_merge_sort is no faster than merge_sort, other programs had the cores)");
    Ok(())
}

fn print_row(label: &str, [cutoff, no_cutoff]: [Duration; 2]) {
    println!("  {label:<19} {} {:>14}", ms(cutoff), ms(no_cutoff));
}

fn ms(time: Duration) -> String {
    format!("{:>9.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests;
