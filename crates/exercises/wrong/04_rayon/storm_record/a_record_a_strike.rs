// Makes a record of each strike, and merges them all.
// => failed there_are_few_records

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    strikes
        .par_iter()
        .map(|strike| {
            let mut record = R::empty();
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
