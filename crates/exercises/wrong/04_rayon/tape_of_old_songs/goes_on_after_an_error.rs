// Writes down all songs, and looks for errors then.
// => failed after_a_damaged_song_the_tape_stops

use rayon::prelude::*;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let numbered = tape.enumerate().par_bridge();
    let mut written: Vec<_> = numbered.map(|(nth, song)| (nth, write_down(song))).collect();
    written.sort_unstable_by_key(|(nth, _)| *nth);
    written.into_iter().map(|(_, text)| text).collect()
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
