// Cuts a short row into one piece for each thread, so that a strike waits for the one beside it.
// => failed strikes_are_added_at_once_and_stay_in_order

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let threads = rayon::current_num_threads();
    let few = if strikes.len() >= 40 * threads { 4 * threads } else { threads };
    let size = (strikes.len() / few).max(1);
    let pieces = strikes.par_chunks(size).with_max_len(1).map(|piece| {
        let mut record = R::empty();
        piece.iter().for_each(|strike| record.add(strike));
        record
    });
    let pieces: Vec<R> = pieces.collect();
    pieces.into_iter().reduce(R::merge).unwrap_or_else(R::empty)
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
