// Cuts the row into sixteen pieces at most.
// => failed all_threads_add_at_once

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let size = strikes.len().div_ceil(16).max(1);
    strikes
        .par_chunks(size)
        .with_max_len(1)
        .map(|piece| {
            let mut record = R::empty();
            piece.iter().for_each(|strike| record.add(strike));
            record
        })
        .reduce_with(R::merge)
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
