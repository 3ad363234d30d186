// A job for each net. Whoever has a map takes another off a pile, merges the two, and looks again.

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
    let pile: std::sync::Mutex<Option<HashMap<R, u64>>> = std::sync::Mutex::new(None);
    let (pile_ref, rings) = (&pile, &rings);
    rayon::scope(|scope| {
        for net in nets {
            scope.spawn(move |_| {
                let mut mine = count(rings(net));
                loop {
                    let mut top = pile_ref.lock().unwrap();
                    match top.take() {
                        None => {
                            *top = Some(mine);
                            return;
                        }
                        Some(other) => {
                            drop(top);
                            mine = merge(mine, other);
                        }
                    }
                }
            });
        }
    });
    pile.into_inner().unwrap().unwrap_or_default()
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}
