// Adds in two steps: of two who add at the same moment one is lost.
// => failed bats_that_are_found_at_the_same_moment_are_all_counted

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
    rayon::scope(|scope| explore(0, cave, &bats, scope));
    bats.into_inner()
}

fn explore<'scope>(
    gallery: u32,
    cave: &'scope impl Cave,
    bats: &'scope AtomicU64,
    scope: &rayon::Scope<'scope>,
) {
    let found = cave.enter(gallery);
    bats.store(bats.load(Ordering::Relaxed) + found.bats, Ordering::Relaxed);
    for next in found.further {
        scope.spawn(move |scope| explore(next, cave, bats, scope));
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
