// Merges a piece into the whole when the piece is done: in the order of the ends.
// => failed strikes_are_added_at_once_and_stay_in_order

use rayon::prelude::*;
use std::sync::Mutex;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let whole = Mutex::new(Some(R::empty()));
    let pieces = strikes.par_iter().fold(R::empty, |mut record, strike| {
        record.add(strike);
        record
    });
    pieces.for_each(|piece| {
        let mut whole = whole.lock().unwrap();
        *whole = whole.take().map(|earlier| earlier.merge(piece));
    });
    whole.into_inner().unwrap().unwrap()
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
