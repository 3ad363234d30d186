// Keeps the guards of the map while it waits for the jars.
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
    let source = jars.get(from).ok_or(Refused::NoSuchJar)?;
    let target = jars.get(to).ok_or(Refused::NoSuchJar)?;
    if from == to {
        return if *source.lock().unwrap() < amount { Err(Refused::TooLittle) } else { Ok(()) };
    }
    let (one, other) = if from < to { (&source, &target) } else { (&target, &source) };
    let (one, other) = (one.lock().unwrap(), other.lock().unwrap());
    let (mut source, mut target) = if from < to { (one, other) } else { (other, one) };
    *source = source.checked_sub(amount).ok_or(Refused::TooLittle)?;
    *target += amount;
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
