// Looks for the first harbor of the coast: those on the left of a berth are still asked.
// => failed nobody_asks_on_to_the_left_of_it

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let answer = |harbor| match ask(harbor) {
        Ok(true) => Some(Ok(harbor)),
        Ok(false) => None,
        Err(broken) => Some(Err(broken)),
    };
    harbors.par_iter().find_map_first(answer).transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
