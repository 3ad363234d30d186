// Chunks 16 per thread.

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let chunk = strikes.len().div_ceil(16 * rayon::current_num_threads()).max(1);
    strikes.par_chunks(chunk).map(|chunk| {
        chunk.iter().fold(R::empty(), |mut r, s| { r.add(s); r })
    }).reduce_with(R::merge).unwrap_or_else(R::empty)
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
