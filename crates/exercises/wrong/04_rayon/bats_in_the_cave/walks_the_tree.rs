// Leaves the cave to `walk_tree_prefix`, which divides it as it likes: a thread goes through a piece alone.
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
    let bats = AtomicU64::new(0);
    rayon::scope(|_| {
        use rayon::iter::ParallelIterator;
        rayon::iter::walk_tree_prefix(0, |gallery: &u32| {
            let found = cave.enter(*gallery);
            bats.fetch_add(found.bats, Ordering::Relaxed);
            found.further
        })
        .for_each(|_| {});
    });
    bats.into_inner()
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
