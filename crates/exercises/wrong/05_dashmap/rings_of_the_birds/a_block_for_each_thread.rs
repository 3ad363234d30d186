// One block of nets for each thread: ten nets, on nine threads, are five blocks.
// => failed as_many_nets_are_read_at_once_as_there_are_threads

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
    let block = nets.len().div_ceil(rayon::current_num_threads()).max(1);
    nets.par_chunks(block)
        .map(|some| {
            let maps = some.iter().map(|net| count(rings(net)));
            maps.reduce(merge).unwrap_or_default()
        })
        .reduce(HashMap::new, merge)
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
