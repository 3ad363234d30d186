// Locks the first jar and then the second: two in opposite directions wait for each other.
// => failed two_in_opposite_directions_both_come_to_an_end

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
    let mut source = source.lock().unwrap();
    if *source < amount {
        return Err(Refused::TooLittle);
    }
    if from != to {
        let mut target = target.lock().unwrap();
        *source -= amount;
        *target += amount;
    }
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
