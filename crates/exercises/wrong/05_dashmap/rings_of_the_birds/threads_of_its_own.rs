// A thread for each net, and none of them is of the pool.
// => failed all_rings_of_all_nets_are_counted

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
    let piece = nets.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut all = HashMap::new();
    std::thread::scope(|scope| {
        let threads = nets.chunks(piece).map(|nets| scope.spawn(|| count(nets)));
        for thread in threads.collect::<Vec<_>>() {
            let mut counts = thread.join().unwrap();
            if all.len() < counts.len() {
                std::mem::swap(&mut all, &mut counts);
            }
            for (ring, count) in counts {
                *all.entry(ring).or_default() += count;
            }
        }
    });
    all
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
