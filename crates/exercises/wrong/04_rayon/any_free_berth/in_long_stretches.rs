// Goes along the coast in stretches of 512 harbors, and asks no other before all of one have answered.
// => failed nobody_waits_for_the_slowest

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    for stretch in harbors.chunks(512) {
        let found = stretch
            .par_iter()
            .with_max_len(1)
            .find_map_any(|harbor| match ask(harbor) {
                Ok(false) => None,
                Ok(true) => Some(Ok(harbor)),
                Err(broken) => Some(Err(broken)),
            })
            .transpose()?;
        if found.is_some() {
            return Ok(found);
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
