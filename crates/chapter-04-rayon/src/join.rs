//! Divide and conquer, down to a cutoff.

// ANCHOR: program
use std::error::Error;

use rayon::ThreadPoolBuilder;
use tracing::info_span;

// ANCHOR: merge_sort
/// Sorts the items: both halves, then merges them. Pieces of no more than
/// `cutoff` items are left to std's sort. What compares equal keeps its order.
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
/// [`merge_sort`] on the threads of the current pool. Returns how often it
/// called [`rayon::join`].
pub fn par_merge_sort<T: Ord + Copy + Send>(
    items: &mut [T],
    cutoff: usize,
) -> usize {
    divide_and_conquer(items, cutoff, &|piece: &mut [T]| piece.sort(), &merge)
}
// ANCHOR_END: par_merge_sort

// ANCHOR: divide_and_conquer
/// Does `solve` with pieces of no more than `cutoff` items, then `combine` with
/// each two neighbors: with both together, and where the second begins. Returns
/// how often it called [`rayon::join`].
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
/// Makes one sorted row of two: the items before `middle`, and those from there
/// on.
fn merge<T: Ord + Copy>(items: &mut [T], middle: usize) {
    let left = items[..middle].to_vec();
    let (mut to, mut from) = (0, middle);
    for item in left {
        // Of two equal items the left one goes first: only smaller ones pass
        // before it.
        while from < items.len() && items[from] < item {
            items[to] = items[from];
            (to, from) = (to + 1, from + 1);
        }
        items[to] = item;
        to += 1;
    }
}
// ANCHOR_END: merge

/// [`par_merge_sort`] with a span for each piece that is sorted, and for each
/// merge.
pub fn par_merge_sort_seen<T: Ord + Copy + Send>(
    items: &mut [T],
    cutoff: usize,
) -> usize {
    let sort = |piece: &mut [T]| {
        info_span!("sort", items = piece.len()).in_scope(|| piece.sort());
    };
    let merge = |both: &mut [T], middle| {
        info_span!("merge", items = both.len())
            .in_scope(|| merge(both, middle));
    };
    divide_and_conquer(items, cutoff, &sort, &merge)
}

/// Sorts the addresses of many parcels in eight pieces.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    let addresses = addresses(1 << 16);
    let unsorted: Vec<&str> = addresses.iter().map(String::as_str).collect();

    let timeline =
        timeline::timeline("eight pieces: sorted, then merged two by two");
    let mut sorted = unsorted.clone();
    let cutoff = sorted.len() / 8;
    pool.install(|| par_merge_sort_seen(&mut sorted, cutoff));
    timeline.draw();
    println!(
        "sorted: {}; the last merge has nobody beside it",
        sorted.is_sorted()
    );
    Ok(())
}

/// Different addresses of parcels, in no order.
pub fn addresses(count: u32) -> Vec<String> {
    (0..count).map(|n| format!("Quay Road {}", mixed(n))).collect()
}

/// Different numbers for different `n`, in no order.
fn mixed(n: u32) -> u32 {
    n.wrapping_mul(2_654_435_761)
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
