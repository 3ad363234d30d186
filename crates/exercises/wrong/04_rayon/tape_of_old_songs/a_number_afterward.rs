// Gives a song its number when the tape is free again: another may have a lower one, and a later song.
// => failed a_song_has_its_place_when_it_is_taken

use rayon::prelude::*;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let tape = Mutex::new(tape.fuse());
    let failed = AtomicBool::new(false);
    let number = AtomicUsize::new(0);
    let piles = rayon::broadcast(|_| {
        let mut pile = Vec::new();
        loop {
            let taken = {
                let mut tape = tape.lock().unwrap();
                if failed.load(Ordering::SeqCst) { None } else { tape.next() }
            };
            let Some(song) = taken else { break };
            let nth = number.fetch_add(1, Ordering::SeqCst);
            match write_down(song) {
                Ok(text) => pile.push((nth, text)),
                Err(error) => {
                    failed.store(true, Ordering::SeqCst);
                    return Err(error);
                }
            }
        }
        Ok(pile)
    });
    let mut all = std::collections::BTreeMap::new();
    for pile in piles {
        all.extend(pile?);
    }
    Ok(all.into_values().collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
