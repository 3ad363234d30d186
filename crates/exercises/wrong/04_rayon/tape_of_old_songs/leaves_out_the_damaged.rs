// Leaves out what cannot be written down.
// => failed a_damaged_song_is_the_result

use rayon::prelude::*;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let numbered = tape.enumerate().par_bridge();
    let written = numbered.filter_map(|(nth, song)| Some((nth, write_down(song).ok()?)));
    let mut written: Vec<_> = written.collect();
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
