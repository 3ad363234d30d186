// Nobody may be more than a thousand songs ahead of the slowest.
// => failed nobody_waits_for_a_slow_song

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let tape = Mutex::new(Some(tape.enumerate()));
    let under_way = Mutex::new(BTreeSet::new());
    let one_less = Condvar::new();
    let written = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let write = || {
        loop {
            let next = {
                let mut tape = tape.lock().unwrap();
                let next = tape.as_mut().and_then(Iterator::next);
                if let Some((nth, _)) = &next {
                    under_way.lock().unwrap().insert(*nth);
                }
                next
            };
            let Some((nth, song)) = next else { return };
            drop(one_less.wait_while(under_way.lock().unwrap(), |all: &mut BTreeSet<usize>| {
                all.first().is_some_and(|first| first + 1000 < nth)
            }));
            match write_down(song) {
                Ok(text) => written.lock().unwrap().push((nth, text)),
                Err(e) => {
                    *tape.lock().unwrap() = None;
                    failed.lock().unwrap().get_or_insert(e);
                }
            }
            under_way.lock().unwrap().remove(&nth);
            one_less.notify_all();
        }
    };
    rayon::broadcast(|_| write());
    if let Some(e) = failed.into_inner().unwrap() {
        return Err(e);
    }
    let mut written = written.into_inner().unwrap();
    written.sort_unstable_by_key(|&(nth, _)| nth);
    Ok(written.into_iter().map(|(_, text)| text).collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
