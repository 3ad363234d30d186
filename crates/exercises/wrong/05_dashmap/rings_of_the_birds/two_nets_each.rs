// Gives two nets to each of many threads, also if there are no more nets than threads.
// => failed as_many_nets_are_read_at_once_as_there_are_threads

use dashmap::DashMap;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let least = if rayon::current_num_threads() > 9 { 2 } else { 1 };
    nets.par_iter()
        .with_min_len(least)
        .fold(HashMap::new, |mut counts, net| {
            rings(net).into_iter().for_each(|ring| *counts.entry(ring).or_default() += 1);
            counts
        })
        .reduce(HashMap::new, |a, b| {
            let (mut large, small) = if a.len() >= b.len() { (a, b) } else { (b, a) };
            for (ring, count) in small {
                *large.entry(ring).or_insert(0) += count;
            }
            large
        })
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
