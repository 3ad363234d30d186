// Shares the count for good: the cave is still only lent.
// => did not compile E0521

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    let bats = Arc::new(AtomicU64::new(0));
    explore(0, cave, &bats);
    bats.load(Ordering::Relaxed)
}

fn explore(gallery: u32, cave: &impl Cave, bats: &Arc<AtomicU64>) {
    let found = cave.enter(gallery);
    bats.fetch_add(found.bats, Ordering::Relaxed);
    for next in found.further {
        let bats = Arc::clone(bats);
        rayon::spawn(move || explore(next, cave, &bats));
    }
}

/// Each gallery leads to two more, and there are 31 in all.
struct Halving;

impl Cave for Halving {
    fn enter(&self, gallery: u32) -> Found {
        let further = [2 * gallery + 1, 2 * gallery + 2];
        Found { bats: 10, further: further.into_iter().filter(|next| *next < 31).collect() }
    }
}

fn main() {
    println!("{} bats", count_bats(&Halving));
}
