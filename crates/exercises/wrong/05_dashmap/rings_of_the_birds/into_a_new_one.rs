// Collects the maps, and moves all of them into a new one.
// => failed the_smaller_map_goes_into_the_larger_one

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let count = |net| {
        let mut counts: HashMap<R, u64> = HashMap::new();
        rings(net).into_iter().for_each(|ring| *counts.entry(ring).or_default() += 1);
        counts
    };
    let maps: Vec<HashMap<R, u64>> = nets.par_iter().map(count).collect();
    let mut all = HashMap::new();
    for (ring, count) in maps.into_iter().flatten() {
        *all.entry(ring).or_default() += count;
    }
    all
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
