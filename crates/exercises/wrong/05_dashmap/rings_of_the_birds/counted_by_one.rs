// Reads the nets in parallel, and then one thread counts everything.
// => failed nine_threads_count_the_same_ring_at_once

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let rings: Vec<R> = nets.par_iter().flat_map_iter(rings).collect();
    let mut counts = HashMap::new();
    rings.into_iter().for_each(|ring| *counts.entry(ring).or_default() += 1);
    counts
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
