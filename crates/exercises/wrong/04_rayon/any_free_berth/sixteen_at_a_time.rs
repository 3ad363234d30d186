// Looks whether somebody has found one, but only before each sixteen harbors.
// => failed when_one_has_a_berth_nobody_asks_on

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let sixteen = |some: &'_ [H]| -> Vec<Result<bool, E>> { some.iter().map(&ask).collect() };
    let found = harbors.par_chunks(16).find_map_any(|some| {
        for (harbor, answer) in some.iter().zip(sixteen(some)) {
            match answer {
                Ok(true) => return Some(Ok(harbor)),
                Ok(false) => {}
                Err(broken) => return Some(Err(broken)),
            }
        }
        None
    });
    found.transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
