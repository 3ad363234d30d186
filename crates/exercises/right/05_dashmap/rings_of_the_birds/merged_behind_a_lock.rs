// Each net's map is merged into one behind a lock, the smaller into the larger.

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let all: Mutex<HashMap<R, u64>> = Mutex::default();
    nets.par_iter().for_each(|net| {
        let mut own: HashMap<R, u64> = HashMap::new();
        for ring in rings(net) {
            own.entry(ring).and_modify(|count| *count += 1).or_insert(1);
        }
        let mut all = all.lock().expect("nobody panics with it");
        if all.len() < own.len() {
            std::mem::swap(&mut *all, &mut own);
        }
        for (ring, count) in own {
            all.entry(ring).and_modify(|sum| *sum += count).or_insert(count);
        }
    });
    all.into_inner().expect("nobody panicked with it")
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
