// Counts with 32 bits: behind four thousand million bats it begins anew.
// => failed there_may_be_very_many_bats

use rayon::Scope;
use std::sync::atomic::{AtomicU32, Ordering};

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    let bats = AtomicU32::new(0);
    rayon::scope(|scope| explore(0, cave, &bats, scope));
    bats.into_inner().into()
}

fn explore<'a>(gallery: u32, cave: &'a impl Cave, bats: &'a AtomicU32, scope: &Scope<'a>) {
    let found = cave.enter(gallery);
    bats.fetch_add(found.bats as u32, Ordering::Relaxed);
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
