// Gets the jars through `view`, which keeps no guard.

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    let jar = |name: &str| jars.view(name, |_, jar| Arc::clone(jar)).ok_or(Refused::NoSuchJar);
    let (source, target) = (jar(from)?, jar(to)?);
    let (one, other) = if from < to { (&source, &target) } else { (&target, &source) };
    let mut one = one.lock().expect("nobody panics with it");
    let mut other = (from != to).then(|| other.lock().expect("nobody panics with it"));
    let other = other.as_deref_mut();
    let (source, target) = match other {
        None => return if *one < amount { Err(Refused::TooLittle) } else { Ok(()) },
        Some(other) if from < to => (&mut *one, other),
        Some(other) => (other, &mut *one),
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
