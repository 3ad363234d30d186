// A thread plays the tape into a channel, faster than anybody writes.
// => failed there_are_never_more_songs_under_way_than_threads

use rayon::prelude::*;
use std::sync::mpsc;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    std::thread::scope(|scope| {
        let (sender, songs) = mpsc::channel();
        scope.spawn(move || {
            for song in tape.enumerate() {
                if sender.send(song).is_err() {
                    break;
                }
            }
        });
        let written =
            songs.into_iter().par_bridge().map(|(nth, song)| Ok((nth, write_down(song)?)));
        let mut written: Vec<(usize, T)> = written.collect::<Result<_, E>>()?;
        written.sort_unstable_by_key(|(nth, _)| *nth);
        Ok(written.into_iter().map(|(_, text)| text).collect())
    })
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
