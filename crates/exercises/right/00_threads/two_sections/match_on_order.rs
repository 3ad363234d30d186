// `match` on the order of the numbers.

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    use std::cmp::Ordering;
    match from.number().cmp(&to.number()) {
        Ordering::Equal => {
            let _only = from.take();
            drive();
        }
        Ordering::Greater => {
            let _low = to.take();
            let _high = from.take();
            drive();
        }
        Ordering::Less => {
            let _low = from.take();
            let _high = to.take();
            drive();
        }
    }
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
