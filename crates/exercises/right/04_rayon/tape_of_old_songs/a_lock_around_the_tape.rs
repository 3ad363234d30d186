// Each thread of the pool takes songs off a locked tape, until somebody meets an error.

use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let (tape, stop) = (Mutex::new(tape.enumerate()), AtomicBool::new(false));
    // A function of its own, so that the guard is gone when a song is written down.
    let next = || tape.lock().expect("nobody panics with it").next();
    let written: Vec<Result<Vec<(usize, T)>, E>> = rayon::broadcast(|_| {
        let mut own = Vec::new();
        while !stop.load(Ordering::Relaxed)
            && let Some((nth, song)) = next()
        {
            let text = write_down(song).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            own.push((nth, text));
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
