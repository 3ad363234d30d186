// Orders by where the train comes from, even or odd: for two ways that is no common order.
// => failed no_circle_of_waiting_can_arise

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    let (low, high) = if from.number() % 2 == 0 { (from, to) } else { (to, from) };
    let _low = low.take();
    // Whoever holds a section asks only for one with a higher number.
    let _high = (low.number() != high.number()).then(|| high.take());
    drive();
}

struct Rails {
    number: usize,
    free: Mutex<()>,
}

impl Section for Rails {
    fn number(&self) -> usize {
        self.number
    }

    fn take(&self) -> impl Sized {
        self.free.lock().expect("no train derails")
    }
}

fn main() {
    let [one, two] = [1, 2].map(|number| Rails { number, free: Mutex::new(()) });
    cross(&one, &two, || println!("a train goes from 1 to 2"));
    cross(&two, &one, || println!("a train goes from 2 to 1"));
}
