// A thread that meets a damaged song ends. The others do not know of it.
// => failed after_a_damaged_song_the_tape_stops

use rayon::prelude::*;
use std::sync::Mutex;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let tape = Mutex::new(tape.enumerate());
    let next = || tape.lock().unwrap().next();
    let written: Result<Vec<Vec<(usize, T)>>, E> = rayon::broadcast(|_| {
        let mut own = Vec::new();
        while let Some((nth, song)) = next() {
            own.push((nth, write_down(song)?));
        }
        Ok(own)
    })
    .into_iter()
    .collect();
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
