// Makes one task of two ways where there are more than a hundred of them.
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
    rayon::scope(|scope| explore(0, cave, &bats, scope));
    bats.into_inner()
}

fn explore<'s>(gallery: u32, cave: &'s impl Cave, bats: &'s AtomicU64, scope: &rayon::Scope<'s>) {
    let found = cave.enter(gallery);
    bats.fetch_add(found.bats, Ordering::Relaxed);
    let size = if found.further.len() > 100 { 2 } else { 1 };
    for some in found.further.chunks(size) {
        let some = some.to_vec();
        scope
            .spawn(move |scope| some.into_iter().for_each(|next| explore(next, cave, bats, scope)));
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
