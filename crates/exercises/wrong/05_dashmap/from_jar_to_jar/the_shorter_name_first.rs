// Locks the jar with the shorter name first: there may be two as short.
// => failed two_who_pour_in_opposite_directions_begin_with_the_same_jar

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
    let (one, other) = if from.len() < to.len() { (&source, &target) } else { (&target, &source) };
    let one = one.lock().expect("nobody panics with it");
    let other = other.lock().expect("nobody panics with it");
    let (mut source, mut target) = if from.len() < to.len() { (one, other) } else { (other, one) };
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
