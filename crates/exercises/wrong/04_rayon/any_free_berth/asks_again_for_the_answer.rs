// Asks the harbor that ended the search once more, for its answer.
// => failed a_free_berth_is_found_wherever_it_is

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let found = harbors
        .par_iter()
        .with_max_len(1)
        .find_any(|harbor| !matches!(ask(harbor), Ok(false)));
    match found {
        Some(harbor) => ask(harbor).map(|free| free.then_some(harbor)),
        None => Ok(None),
    }
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
