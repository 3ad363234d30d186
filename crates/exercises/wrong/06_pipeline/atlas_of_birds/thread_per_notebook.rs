// A thread of its own for each notebook, and none of them Rayon's.
// => failed nine_notebooks_are_read_at_the_same_time_by_the_pool

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
        self.faults.sort();
        for (bird, seen) in other.birds {
            let mine = self.birds.entry(bird).or_insert(Seen { birds: 0, first_day: u32::MAX });
            mine.birds += seen.birds;
            mine.first_day = mine.first_day.min(seen.first_day);
        }
        self
    }
}

fn survey<R>(notebooks: &[u32], read: R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    // not on Rayon's threads, and as many as there are notebooks
    let read = &read;
    std::thread::scope(|scope| {
        let readers: Vec<_> = notebooks.iter().map(|&n| (n, scope.spawn(move || read(n)))).collect();
        readers.into_iter().map(|(n, reader)| match reader.join() {
            Ok(Ok(page)) => page.into_iter().map(|b| Atlas { birds: [b].into(), faults: vec![] }).fold(Atlas::default(), Atlas::merge),
            Ok(Err(why)) => Atlas { faults: vec![(n, why)], ..Atlas::default() },
            Err(_) => Atlas { faults: vec![(n, PANICKED.to_owned())], ..Atlas::default() },
        }).fold(Atlas::default(), Atlas::merge)
    })
}


fn main() {
    let atlas = survey(&[1, 2, 3], |number| match number {
        2 => Err("the rain got in".to_owned()),
        day => Ok(vec![("wren", Seen { birds: 2, first_day: day })]),
    });
    println!("{atlas:?}");
}
