// Tries both, and naps for a while.
// => failed who_waits_for_a_jar_sleeps

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    // The guard of the map is gone when the closure returns, and the jar stays.
    let jar = |name: &str| jars.get(name).map(|jar| Arc::clone(&jar)).ok_or(Refused::NoSuchJar);
    let (source, target) = (jar(from)?, jar(to)?);
    let oil = |jar: &Mutex<u32>| *jar.lock().expect("nobody panics with it");
    if from == to {
        return if oil(&source) < amount { Err(Refused::TooLittle) } else { Ok(()) };
    }
    // Everybody locks the smaller name first.
    let (mut source, mut target) = loop {
        let one = source.lock().unwrap();
        if let Ok(other) = target.try_lock() {
            break (one, other);
        }
        drop(one);
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
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
