// A parallel iterator over the ways, which Rayon cuts as it likes: a gallery waits for one beside it.
// => failed no_gallery_of_a_hall_waits_for_another

use std::sync::atomic::{AtomicU64, Ordering};

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    use rayon::prelude::*;
    fn explore(gallery: u32, cave: &impl Cave) -> u64 {
        let found = cave.enter(gallery);
        found.bats + found.further.into_par_iter().map(|next| explore(next, cave)).sum::<u64>()
    }
    explore(0, cave)
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
