// Halves the nets down to one, and merges on the way back.

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    half(nets, &rings)
}

fn half<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: &(impl Fn(&N) -> Vec<R> + Send + Sync),
) -> HashMap<R, u64> {
    if nets.len() <= 1 {
        let mut counts = HashMap::new();
        for ring in nets.iter().flat_map(rings) {
            *counts.entry(ring).or_insert(0) += 1;
        }
        return counts;
    }
    let (left, right) = nets.split_at(nets.len() / 2);
    let (left, right) = rayon::join(|| half(left, rings), || half(right, rings));
    let (mut large, small) = if left.len() > right.len() { (left, right) } else { (right, left) };
    for (ring, count) in small {
        *large.entry(ring).or_insert(0) += count;
    }
    large
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
