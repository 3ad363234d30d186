// Two short looks, each in a block of its own.

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
    {
        let ledger = ledger.lock().expect("no panic while it is locked");
        if let Some(value) = ledger.get(room) {
            return *value;
        }
    }
    let value: u64 = objects.par_iter().map(|object| appraise(object)).sum();
    let mut ledger = ledger.lock().expect("no panic while it is locked");
    match ledger.get(room) {
        Some(first) => *first,
        None => {
            ledger.insert(room, value);
            value
        }
    }
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
