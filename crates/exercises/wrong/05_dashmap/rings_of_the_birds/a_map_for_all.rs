// All threads count in one map: who counts a ring that another counts has to wait.
// => failed nine_threads_count_the_same_ring_at_once

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let counts = Mutex::new(HashMap::new());
    nets.par_iter().for_each(|net| {
        for ring in rings(net) {
            *counts.lock().unwrap().entry(ring).or_default() += 1;
        }
    });
    counts.into_inner().unwrap()
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
