// Collect then merge.

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
        self.faults.extend(other.faults);
        self.faults.sort_unstable();
        for (bird, Seen { birds, first_day }) in other.birds {
            let mine = self.birds.entry(bird).or_insert(Seen { birds: 0, first_day: u32::MAX });
            mine.birds += birds;
            mine.first_day = mine.first_day.min(first_day);
        }
        self
    }
}

fn survey<R>(notebooks: &[u32], read: R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    let parts: Vec<Atlas> = notebooks.par_iter().map(|number| {
        let mut part = Atlas::default();
        match catch_unwind(AssertUnwindSafe(|| read(*number))) {
            Err(_) => part.faults.push((*number, PANICKED.into())),
            Ok(Err(why)) => part.faults.push((*number, why)),
            Ok(Ok(page)) => for (bird, seen) in page {
                part = part.merge(Atlas { birds: [(bird, seen)].into(), faults: Vec::new() });
            },
        }
        part
    }).collect();
    parts.into_iter().fold(Atlas::default(), Atlas::merge)
}


fn main() {
    let atlas = survey(&[1, 2, 3], |number| match number {
        2 => Err("the rain got in".to_owned()),
        day => Ok(vec![("wren", Seen { birds: 2, first_day: day })]),
    });
    println!("{atlas:?}");
}
