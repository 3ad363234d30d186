// Cuts in halves, and halves the number of records that are still allowed.

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    rayon::scope(|_| part(strikes, 2 * rayon::current_num_threads()))
}

fn part<R: Record>(strikes: &[u32], records: usize) -> R {
    if records > 1 && strikes.len() > 1 {
        let (earlier, later) = strikes.split_at(strikes.len() / 2);
        let half = records.div_ceil(2);
        let (earlier, later) = rayon::join(|| part::<R>(earlier, half), || part(later, half));
        return earlier.merge(later);
    }
    let mut record = R::empty();
    for strike in strikes {
        record.add(strike);
    }
    record
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
