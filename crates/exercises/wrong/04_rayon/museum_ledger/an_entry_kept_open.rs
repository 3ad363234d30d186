// Asks for the entry once, and keeps it: a guard in a `match` lives to the end of the `match`.
// => failed the_ledger_is_free_during_an_appraisal

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Mutex;

/// The values of the rooms, by their names.
type Ledger = Mutex<BTreeMap<&'static str, u64>>;

fn value_of(
    room: &'static str,
    objects: &[u64],
    ledger: &Ledger,
    appraise: impl Fn(&u64) -> u64 + Send + Sync,
) -> u64 {
    match ledger.lock().unwrap().entry(room) {
        Entry::Occupied(entered) => *entered.get(),
        Entry::Vacant(place) => *place.insert(objects.par_iter().map(appraise).sum()),
    }
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
