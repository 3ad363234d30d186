// Within a section it gives the guard no name: the section is free before the train drives.
// => failed a_train_within_a_section_takes_it_once

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    let (first, second) = match from.number().cmp(&to.number()) {
        std::cmp::Ordering::Less => (from, to),
        std::cmp::Ordering::Greater => (to, from),
        std::cmp::Ordering::Equal => {
            let _ = from.take();
            return drive();
        }
    };
    let _first = first.take();
    let _second = second.take();
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
