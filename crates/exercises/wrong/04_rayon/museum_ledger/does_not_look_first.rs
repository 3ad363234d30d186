// Looks only when it has a value: the appraisal was for nothing.
// => failed a_room_in_the_ledger_is_not_appraised_again

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
    let value = objects.par_iter().map(appraise).sum();
    *ledger.lock().unwrap().entry(room).or_insert(value)
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
