// Orders the jars by where they are in memory.

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    let find = |name: &str| jars.get(name).map(|found| found.value().clone());
    let (Some(source), Some(target)) = (find(from), find(to)) else {
        return Err(Refused::NoSuchJar);
    };
    let (mut out, mut into);
    match Arc::as_ptr(&source).cmp(&Arc::as_ptr(&target)) {
        std::cmp::Ordering::Equal => {
            let oil = *source.lock().expect("nobody panics with it");
            return (oil >= amount).then_some(()).ok_or(Refused::TooLittle);
        }
        std::cmp::Ordering::Less => {
            out = source.lock().expect("nobody panics with it");
            into = target.lock().expect("nobody panics with it");
        }
        std::cmp::Ordering::Greater => {
            into = target.lock().expect("nobody panics with it");
            out = source.lock().expect("nobody panics with it");
        }
    }
    if *out < amount {
        return Err(Refused::TooLittle);
    }
    *out -= amount;
    *into += amount;
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
