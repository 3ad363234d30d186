// Takes `par_` away again.
// => failed strikes_are_added_at_once_and_stay_in_order

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    let mut record = R::empty();
    strikes.iter().for_each(|strike| record.add(strike));
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
