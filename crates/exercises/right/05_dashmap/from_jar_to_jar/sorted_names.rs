// Sorts the two names, and locks in this order.

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    let mut names = vec![from, to];
    names.sort();
    names.dedup();
    let mut both = Vec::new();
    for name in &names {
        match jars.get(*name) {
            Some(jar) => both.push(jar.clone()),
            None => return Err(Refused::NoSuchJar),
        }
    }
    let mut locked: Vec<_> = both.iter().map(|jar| jar.lock().unwrap()).collect();
    let place = |name| names.iter().position(|it| *it == name).unwrap();
    let left = locked[place(from)].checked_sub(amount).ok_or(Refused::TooLittle)?;
    *locked[place(from)] = left;
    *locked[place(to)] += amount;
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
