// Always eight pieces: of sixteen threads half have nothing to do.
// => failed all_threads_add_at_once

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    // always 8 pieces: on a pool of 16, half of the threads have nothing to do
    strikes
        .par_chunks(strikes.len().div_ceil(8).max(1))
        .map(|piece| { let mut r = R::empty(); piece.iter().for_each(|s| r.add(s)); r })
        .collect::<Vec<R>>()
        .into_iter()
        .reduce(R::merge)
        .unwrap_or_else(R::empty)
}

struct Strongest(u32);

impl Record for Strongest {
    fn empty() -> Self {
        Strongest(0)
    }

    fn add(&mut self, strike: &u32) {
        self.0 = self.0.max(*strike);
    }

    fn merge(self, later: Self) -> Self {
        Strongest(self.0.max(later.0))
    }
}

fn main() {
    println!("{} kA", record::<Strongest>(&[12, 30, 7, 25, 18]).0);
}
