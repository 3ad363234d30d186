// Unlocks by hand, but after the appraisals.
// => failed who_waits_for_one_room_can_take_the_next

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
    let mut entered = ledger.lock().unwrap();
    if let Some(value) = entered.get(room) {
        return *value;
    }
    let value = objects.par_iter().map(appraise).sum();
    entered.insert(room, value);
    drop(entered);
    value
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
