// Hides the record in a cell: the error goes away, and another one comes.
// => did not compile E0277

use rayon::prelude::*;
use std::cell::RefCell;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let record = RefCell::new(R::empty());
    strikes.par_iter().for_each(|strike| record.borrow_mut().add(strike));
    record.into_inner()
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
