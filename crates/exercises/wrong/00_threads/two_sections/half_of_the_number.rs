// Compares the last 16 bits of the numbers: two sections are taken for one.
// => failed a_train_has_both_sections_while_it_drives

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    let (a, b) = (from.number() as u16, to.number() as u16);
    let (first, second) = if a <= b { (from, to) } else { (to, from) };
    let _first = first.take();
    let _second = if a == b { None } else { Some(second.take()) };
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
