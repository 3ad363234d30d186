// Collects all answers, and then looks at them.
// => failed when_one_has_a_berth_nobody_asks_on

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let answers: Result<Vec<bool>, E> = harbors.par_iter().map(|harbor| ask(harbor)).collect();
    Ok(answers?.iter().position(|free| *free).map(|nth| &harbors[nth]))
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
