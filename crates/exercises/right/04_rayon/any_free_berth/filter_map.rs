// Leaves out those who are full, and takes any of the others.

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    harbors
        .par_iter()
        .filter_map(|harbor| ask(harbor).map(|free| free.then_some(harbor)).transpose())
        .find_any(|_| true)
        .transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
