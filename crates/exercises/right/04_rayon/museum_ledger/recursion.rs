// Halves the objects with `join`.

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
    fn appraised(objects: &[u64], appraise: &(impl Fn(&u64) -> u64 + Sync)) -> u64 {
        match objects {
            [] => 0,
            [object] => appraise(object),
            _ => {
                let (left, right) = objects.split_at(objects.len() / 2);
                let (left, right) =
                    rayon::join(|| appraised(left, appraise), || appraised(right, appraise));
                left + right
            }
        }
    }
    let known = ledger.lock().expect("no panic while it is locked").get(room).copied();
    known.unwrap_or_else(|| {
        let value = appraised(objects, &appraise);
        *ledger.lock().expect("no panic while it is locked").entry(room).or_insert(value)
    })
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}
