// Never less than two strikes to a piece: of a short row some wait for others.
// => failed a_short_row_is_cut_down_to_single_strikes

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    strikes
        .par_iter()
        .with_min_len(2)
        .fold(R::empty, |mut record, strike| {
            record.add(strike);
            record
        })
        .reduce(R::empty, R::merge)
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
