// Merges the records of the second half in the order in which they are done.
// => failed who_has_nothing_to_do_takes_over_a_piece

use rayon::prelude::*;
use std::sync::Mutex;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let size = strikes.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let late: Mutex<Vec<R>> = Mutex::new(Vec::new());
    let pieces = strikes.len().div_ceil(size);
    let one = |piece: &[u32]| {
        let mut record = R::empty();
        piece.iter().for_each(|strike| record.add(strike));
        record
    };
    let first = strikes
        .par_chunks(size)
        .enumerate()
        .with_max_len(1)
        .filter_map(|(nth, piece)| {
            let record = one(piece);
            if pieces > rayon::current_num_threads() && nth >= pieces / 2 {
                late.lock().unwrap().push(record);
                return None;
            }
            Some(record)
        })
        .reduce_with(R::merge);
    let late = late.into_inner().unwrap();
    first.into_iter().chain(late).reduce(R::merge).unwrap_or_else(R::empty)
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
