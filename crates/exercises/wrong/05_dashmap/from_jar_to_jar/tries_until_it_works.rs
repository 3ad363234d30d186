// Tries both locks until it has them: no deadlock, and a core at work for nothing.
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
    let jar = |name: &str| jars.get(name).map(|jar| Arc::clone(&jar)).ok_or(Refused::NoSuchJar);
    let (source, target) = (jar(from)?, jar(to)?);
    loop {
        let Ok(mut source) = source.try_lock() else {
            std::hint::spin_loop();
            continue;
        };
        if *source < amount {
            return Err(Refused::TooLittle);
        }
        if from == to {
            return Ok(());
        }
        if let Ok(mut target) = target.try_lock() {
            *source -= amount;
            *target += amount;
            return Ok(());
        }
    }
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
