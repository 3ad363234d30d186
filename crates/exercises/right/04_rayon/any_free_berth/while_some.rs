// Collects the ones who are full; a berth or an error ends it.

use rayon::prelude::*;
use std::sync::Mutex;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let found = Mutex::new(None);
    let full = |harbor| {
        let answer = match ask(harbor) {
            Ok(false) => return Some(()),
            Ok(true) => Ok(harbor),
            Err(broken) => Err(broken),
        };
        found.lock().expect("nobody panics with it").get_or_insert(answer);
        None
    };
    harbors.par_iter().map(full).while_some().for_each(drop);
    found.into_inner().expect("nobody panics with it").transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
