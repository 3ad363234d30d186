// Does all of it right, on threads of its own.
// => failed a_free_berth_is_found_wherever_it_is

use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| {
                while found.lock().unwrap().is_none()
                    && let Some(harbor) = harbors.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    match ask(harbor) {
                        Ok(true) => *found.lock().unwrap() = Some(Ok(harbor)),
                        Ok(false) => {}
                        Err(broken) => *found.lock().unwrap() = Some(Err(broken)),
                    }
                }
            });
        }
    });
    found.into_inner().unwrap().transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
