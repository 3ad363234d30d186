// Two halves, side by side. Nine harbors are never asked at once.
// => failed nine_harbors_are_asked_at_once

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let half = |harbors: &'_ [H]| -> Option<Result<usize, E>> {
        harbors.iter().enumerate().find_map(|(nth, harbor)| match ask(harbor) {
            Ok(true) => Some(Ok(nth)),
            Ok(false) => None,
            Err(broken) => Some(Err(broken)),
        })
    };
    let (left, right) = harbors.split_at(harbors.len() / 2);
    let (first, second) = rayon::join(|| half(left), || half(right));
    match (first, second) {
        (Some(found), _) => found.map(|nth| Some(&left[nth])),
        (None, Some(found)) => found.map(|nth| Some(&right[nth])),
        (None, None) => Ok(None),
    }
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
