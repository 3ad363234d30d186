// Join to grain.

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    fn go<R: Record>(strikes: &[u32], grain: usize) -> R {
        if strikes.len() <= grain {
            let mut record = R::empty();
            for strike in strikes { record.add(strike); }
            return record;
        }
        let (l, r) = strikes.split_at(strikes.len() / 2);
        let (l, r): (R, R) = rayon::join(|| go(l, grain), || go(r, grain));
        l.merge(r)
    }
    go(strikes, (strikes.len() / (4 * rayon::current_num_threads())).max(1))
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
