// Takes a write guard of one jar after the other: the map is locked while it waits.
// => failed the_map_is_free_while_somebody_waits

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    if !jars.contains_key(from) || !jars.contains_key(to) {
        return Err(Refused::NoSuchJar);
    }
    {
        let source = jars.get_mut(from).ok_or(Refused::NoSuchJar)?;
        let mut oil = source.lock().unwrap();
        *oil = oil.checked_sub(amount).ok_or(Refused::TooLittle)?;
    }
    let target = jars.get_mut(to).ok_or(Refused::NoSuchJar)?;
    *target.lock().unwrap() += amount;
    Ok(())
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let jars = Jars::new();
        for (name, oil) in [("blue", 5), ("red", 1)] {
            jars.insert(name.to_owned(), Arc::new(Mutex::new(oil)));
        }
        for (from, to, amount) in [("blue", "red", 3), ("blue", "red", 3), ("red", "red", 4)] {
            println!("{amount} from {from} to {to}: {:?}", pour(&jars, from, to, amount));
        }
    });
}
