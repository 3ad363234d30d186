// A berth is what ends the work, so it is the error of `try_for_each`.

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let ended = harbors.par_iter().try_for_each(|harbor| match ask(harbor) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Ok(harbor)),
        Err(broken) => Err(Err(broken)),
    });
    match ended {
        Ok(()) => Ok(None),
        Err(found) => found.map(Some),
    }
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
