// Forgets that `fold` returns a record for each piece, and takes one of them.
// => failed each_strike_is_in_the_record_once

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    strikes
        .par_iter()
        .fold(R::empty, |mut record, strike| {
            record.add(strike);
            record
        })
        .find_first(|_| true)
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
