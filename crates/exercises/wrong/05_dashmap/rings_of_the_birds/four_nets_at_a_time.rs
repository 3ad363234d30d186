// Pieces of four nets: of nine threads, six have nothing to do.
// => failed as_many_nets_are_read_at_once_as_there_are_threads

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let count = |nets: &[N]| {
        let mut counts: HashMap<R, u64> = HashMap::new();
        nets.iter().flat_map(&rings).for_each(|ring| *counts.entry(ring).or_default() += 1);
        counts
    };
    let merge = |mut one: HashMap<R, u64>, mut other: HashMap<R, u64>| {
        if one.len() < other.len() {
            std::mem::swap(&mut one, &mut other);
        }
        for (ring, count) in other {
            *one.entry(ring).or_default() += count;
        }
        one
    };
    nets.par_chunks(4).map(count).reduce(HashMap::new, merge)
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
