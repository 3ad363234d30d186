// The guard of the tape lives as long as the loop's body: one song after the other.
// => failed nine_songs_are_written_down_at_once

use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let (tape, stop) = (Mutex::new(tape.enumerate()), AtomicBool::new(false));
    let written: Vec<Result<Vec<(usize, T)>, E>> = rayon::broadcast(|_| {
        let mut own = Vec::new();
        while let Some((nth, song)) = tape.lock().unwrap().next() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            own.push((nth, write_down(song).inspect_err(|_| stop.store(true, Ordering::Relaxed))?));
        }
        Ok(own)
    });
    let written: Result<Vec<_>, E> = written.into_iter().collect();
    let mut written: Vec<_> = written?.into_iter().flatten().collect();
    written.sort_unstable_by_key(|(nth, _)| *nth);
    Ok(written.into_iter().map(|(_, text)| text).collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
