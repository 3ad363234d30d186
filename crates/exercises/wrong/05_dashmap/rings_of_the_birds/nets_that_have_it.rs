// Counts the nets in which a ring was, and not how often it was read.
// => failed all_rings_of_all_nets_are_counted

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let count = |net| -> HashMap<R, u64> { rings(net).into_iter().map(|ring| (ring, 1)).collect() };
    let merge = |mut one: HashMap<R, u64>, mut other: HashMap<R, u64>| {
        if one.len() < other.len() {
            std::mem::swap(&mut one, &mut other);
        }
        for (ring, count) in other {
            *one.entry(ring).or_default() += count;
        }
        one
    };
    nets.par_iter().map(count).reduce(HashMap::new, merge)
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
