// Stops at a berth, and keeps a broken line for later: all others are asked first.
// => failed when_one_has_a_berth_nobody_asks_on

use rayon::prelude::*;
use std::sync::Mutex;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let broken = Mutex::new(None);
    let found = harbors.par_iter().find_any(|harbor| {
        ask(harbor).unwrap_or_else(|error| {
            *broken.lock().unwrap() = Some(error);
            false
        })
    });
    match (found, broken.into_inner().unwrap()) {
        (None, Some(error)) => Err(error),
        (found, _) => Ok(found),
    }
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
