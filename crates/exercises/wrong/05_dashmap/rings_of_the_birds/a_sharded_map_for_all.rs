// The map has many locks, but one ring has one.
// => failed nine_threads_count_the_same_ring_at_once

use dashmap::DashMap;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let counts: DashMap<R, u64> = DashMap::with_shard_amount(1024);
    nets.par_iter().for_each(|net| {
        for ring in rings(net) {
            counts.entry(ring).and_modify(|count| *count += 1).or_insert(1);
        }
    });
    counts.into_iter().collect()
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
