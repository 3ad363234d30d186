// The threads of the pool take the next harbor from one list until something is found.

use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(None));
    let is_found = || found.lock().expect("nobody panics with it").is_some();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                while !is_found() {
                    let Some(harbor) = harbors.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        break;
                    };
                    let answer = match ask(harbor) {
                        Ok(false) => continue,
                        Ok(true) => Ok(harbor),
                        Err(broken) => Err(broken),
                    };
                    *found.lock().expect("nobody panics with it") = Some(answer);
                }
            });
        }
    });
    found.into_inner().expect("nobody panics with it").transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}
