// Goes in level by level: the next one begins when the last gallery of this one is done.
// => failed a_deep_gallery_waits_for_no_other

use rayon::prelude::*;

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    let (mut bats, mut level) = (0, vec![0]);
    while !level.is_empty() {
        let found: Vec<Found> = level.par_iter().map(|gallery| cave.enter(*gallery)).collect();
        bats += found.iter().map(|found| found.bats).sum::<u64>();
        level = found.into_iter().flat_map(|found| found.further).collect();
    }
    bats
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
