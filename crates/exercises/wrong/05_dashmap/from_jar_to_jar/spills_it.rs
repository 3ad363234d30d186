// Takes the oil out before it knows that there is a jar to put it into.
// => failed what_is_refused_changes_nothing

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
    let source = jar(from)?;
    {
        let mut oil = source.lock().unwrap();
        *oil = oil.checked_sub(amount).ok_or(Refused::TooLittle)?;
    }
    *jar(to)?.lock().unwrap() += amount;
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
