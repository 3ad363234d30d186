// Pieces, folded one by one, merged in their order.

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let piece = strikes.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let records: Vec<R> = strikes
        .par_chunks(piece)
        .map(|piece| {
            let mut record = R::empty();
            piece.iter().for_each(|strike| record.add(strike));
            record
        })
        .collect();
    records.into_iter().fold(R::empty(), R::merge)
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
