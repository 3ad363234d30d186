// Asks as many as there are threads, waits for all of them, and asks the next.
// => failed nobody_waits_for_the_slowest

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    for round in harbors.chunks(rayon::current_num_threads()) {
        let answers: Vec<_> = round.par_iter().map(|harbor| ask(harbor)).collect();
        for (harbor, answer) in round.iter().zip(answers) {
            if answer? {
                return Ok(Some(harbor));
            }
        }
    }
    Ok(None)
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
