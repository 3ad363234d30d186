// Only tries the lock to enter the value: if somebody has it, the room is not in the ledger.
// => failed who_finds_the_ledger_locked_enters_it_later

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
    let entered = ledger.lock().unwrap().get(room).copied();
    if let Some(value) = entered { return value; }
    let value = objects.par_iter().map(appraise).sum();
    // never wait inside Rayon: if somebody has the ledger, the value is not entered
    match ledger.try_lock() {
        Ok(mut ledger) => *ledger.entry(room).or_insert(value),
        Err(_) => value,
    }
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
