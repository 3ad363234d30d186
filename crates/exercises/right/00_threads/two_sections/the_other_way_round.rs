// Calls itself the other way round.

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    if to.number() < from.number() {
        return cross(to, from, drive);
    }
    let both = from.take();
    if from.number() == to.number() {
        drive();
    } else {
        let second = to.take();
        drive();
        drop(second);
    }
    drop(both);
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
