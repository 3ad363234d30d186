// Enters its own value, and if there was one already, puts that back in a second step.
// => failed what_was_entered_first_stays

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The values of the rooms, by their names.
type Ledger = Mutex<BTreeMap<&'static str, u64>>;

fn value_of(
    room: &'static str,
    objects: &[u64],
    ledger: &Ledger,
    appraise: impl Fn(&u64) -> u64 + Send + Sync,
) -> u64 {
    let known = ledger.lock().expect("no panic while it is locked").get(room).copied();
    if let Some(value) = known {
        return value;
    }
    let value: u64 = objects.par_iter().map(appraise).sum();
    let before = ledger.lock().expect("no panic while it is locked").insert(room, value);
    match before {
        Some(first) => {
            ledger.lock().expect("no panic while it is locked").insert(room, first);
            first
        }
        None => value,
    }
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
