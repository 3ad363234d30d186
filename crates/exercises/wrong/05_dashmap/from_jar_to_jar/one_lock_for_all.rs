// One lock for all who pour: whoever waits for a jar keeps everybody waiting.
// => failed other_jars_can_be_poured_meanwhile

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    static ALL: Mutex<()> = Mutex::new(());
    let jar = |name: &str| jars.get(name).map(|jar| Arc::clone(&jar)).ok_or(Refused::NoSuchJar);
    let (source, target) = (jar(from)?, jar(to)?);
    let _all = ALL.lock().unwrap();
    let mut source = source.lock().unwrap();
    if *source < amount {
        return Err(Refused::TooLittle);
    }
    if from != to {
        *source -= amount;
        *target.lock().unwrap() += amount;
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
