// Compares how much room the maps have, and not how many rings are in them.
// => failed a_map_is_as_large_as_it_has_rings

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
    nets.par_iter()
        .map(|net| {
            let birds = rings(net);
            let mut counts: HashMap<R, u64> = HashMap::with_capacity(birds.len());
            for ring in birds {
                *counts.entry(ring).or_insert(0) += 1;
            }
            counts
        })
        .reduce(HashMap::new, |left, right| {
            let swap = left.capacity() < right.capacity();
            let (mut large, small) = if swap { (right, left) } else { (left, right) };
            for (ring, many) in small {
                *large.entry(ring).or_insert(0) += many;
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
