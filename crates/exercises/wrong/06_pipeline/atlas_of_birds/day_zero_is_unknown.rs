// Takes day 0 for a day that is not known, and prefers any other.
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
    fn add(&mut self, bird: Bird, seen: Seen) {
        match self.birds.get_mut(bird) {
            None => {
                self.birds.insert(bird, seen);
            }
            Some(known) => {
                known.birds += seen.birds;
                known.first_day = match (known.first_day, seen.first_day) {
                    (0, day) | (day, 0) => day,
                    (one, other) => one.min(other),
                };
            }
        }
    }

    fn merge(mut self, other: Atlas) -> Atlas {
        for (bird, seen) in other.birds {
            self.add(bird, seen);
        }
        self.faults.extend(other.faults);
        self.faults.sort();
        self
    }
}

fn part<R>(number: u32, read: &R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    let mut atlas = Atlas::default();
    match catch_unwind(AssertUnwindSafe(|| read(number))) {
        Ok(Ok(page)) => {
            for (bird, seen) in page {
                atlas.add(bird, seen);
            }
        }
        Ok(Err(fault)) => atlas.faults.push((number, fault)),
        Err(_) => atlas.faults.push((number, PANICKED.to_owned())),
    }
    atlas
}

fn survey<R>(notebooks: &[u32], read: R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    notebooks.par_iter().map(|number| part(*number, &read)).reduce(Atlas::default, Atlas::merge)
}

fn main() {
    let atlas = survey(&[1, 2, 3], |number| match number {
        2 => Err("the rain got in".to_owned()),
        day => Ok(vec![("wren", Seen { birds: 2, first_day: day })]),
    });
    println!("{atlas:?}");
}
