// Reads 64 nets, and begins no other before all of them are done.
// => failed a_slow_net_holds_up_few_others

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn count<R: Hash + Eq>(birds: Vec<R>) -> HashMap<R, u64> {
    let mut counts = HashMap::new();
    for ring in birds {
        *counts.entry(ring).or_insert(0u64) += 1;
    }
    counts
}

fn merge<R: Hash + Eq>(left: HashMap<R, u64>, right: HashMap<R, u64>) -> HashMap<R, u64> {
    let (mut large, small) = if left.len() < right.len() { (right, left) } else { (left, right) };
    for (ring, many) in small {
        *large.entry(ring).or_insert(0) += many;
    }
    large
}

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let batch = rayon::current_num_threads().max(64);
    let mut all = HashMap::new();
    for some in nets.chunks(batch) {
        let counted = some.par_iter().map(|net| count(rings(net))).reduce(HashMap::new, merge);
        all = merge(all, counted);
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
