// Makes a map of each page: a bird that is named twice is counted once.
// => failed a_bird_that_a_page_names_twice_is_counted_twice

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The row of a reader who panicked.
const PANICKED: &str = "its reader panicked";

type Bird = &'static str;

#[derive(Clone, Debug, Default, PartialEq)]
struct Atlas {
    birds: BTreeMap<Bird, Seen>,
    /// The numbers of the notebooks that could not be read, and why.
    faults: Vec<(u32, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    birds: u32,
    first_day: u32,
}

impl Atlas {
    fn merge(mut self, other: Atlas) -> Atlas {
        for (bird, seen) in other.birds {
            self.add(bird, seen);
        }
        self.faults.extend(other.faults);
        self.faults.sort();
        self
    }

    fn add(&mut self, bird: Bird, seen: Seen) {
        let both = |known: &mut Seen| {
            known.birds += seen.birds;
            known.first_day = known.first_day.min(seen.first_day);
        };
        self.birds.entry(bird).and_modify(both).or_insert(seen);
    }
}

fn survey<R>(notebooks: &[u32], read: R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    let part = |&number: &u32| {
        let mut atlas = Atlas::default();
        match catch_unwind(AssertUnwindSafe(|| read(number))) {
            Ok(Ok(page)) => atlas.birds = page.into_iter().collect(),
            Ok(Err(fault)) => atlas.faults.push((number, fault)),
            Err(_) => atlas.faults.push((number, PANICKED.to_owned())),
        }
        atlas
    };
    notebooks.par_iter().map(part).reduce(Atlas::default, Atlas::merge)
}

fn main() {
    let atlas = survey(&[1, 2, 3], |number| match number {
        2 => Err("the rain got in".to_owned()),
        day => Ok(vec![("wren", Seen { birds: 2, first_day: day })]),
    });
    println!("{atlas:?}");
}
