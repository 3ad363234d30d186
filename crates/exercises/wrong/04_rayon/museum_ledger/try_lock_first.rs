// Only tries the lock for its look: who finds it locked appraises a known room again.
// => failed who_finds_the_ledger_locked_looks_later

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
    let entered = ledger.try_lock().ok().and_then(|ledger| ledger.get(room).copied());
    if let Some(value) = entered {
        return value;
    }
    let value = objects.par_iter().map(appraise).sum();
    // Somebody else may have been faster.
    *ledger.lock().expect("no panic while it is locked").entry(room).or_insert(value)
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
