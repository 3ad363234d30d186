// Marks a room that is being appraised, and waits until the mark of another has gone.
// => failed who_waits_for_one_room_can_take_the_same_again

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The rooms that are being appraised, by their ledgers.
static UNDER_WAY: Mutex<BTreeSet<(usize, &str)>> = Mutex::new(BTreeSet::new());

struct Mark((usize, &'static str));

impl Drop for Mark {
    fn drop(&mut self) {
        UNDER_WAY.lock().unwrap().remove(&self.0);
    }
}

/// The values of the rooms, by their names.
type Ledger = Mutex<BTreeMap<&'static str, u64>>;

fn value_of(
    room: &'static str,
    objects: &[u64],
    ledger: &Ledger,
    appraise: impl Fn(&u64) -> u64 + Send + Sync,
) -> u64 {
    let key = (std::ptr::from_ref(ledger).addr(), room);
    let _mark = loop {
        let known = ledger.lock().expect("no panic while it is locked").get(room).copied();
        if let Some(value) = known {
            return value;
        }
        if UNDER_WAY.lock().unwrap().insert(key) {
            break Mark(key);
        }
        if rayon::yield_now().is_none() {
            std::thread::yield_now();
        }
    };
    let value: u64 = objects.par_iter().map(appraise).sum();
    *ledger.lock().expect("no panic while it is locked").entry(room).or_insert(value)
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
