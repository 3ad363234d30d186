// Does what the error seems to ask for: one record behind a lock, taken for each strike.
// => failed strikes_are_added_at_once_and_stay_in_order

use rayon::prelude::*;
use std::sync::Mutex;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let record = Mutex::new(R::empty());
    strikes.par_iter().for_each(|strike| record.lock().unwrap().add(strike));
    record.into_inner().unwrap()
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
