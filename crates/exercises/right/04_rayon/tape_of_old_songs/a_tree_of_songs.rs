// Adds each song to a sorted map, a map for each piece.

use rayon::prelude::*;
use std::collections::BTreeMap;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let songs = tape.enumerate().par_bridge();
    let add = |mut songs: BTreeMap<usize, T>, (number, song)| {
        songs.insert(number, write_down(song)?);
        Ok(songs)
    };
    let both = |mut some: BTreeMap<usize, T>, mut others: BTreeMap<usize, T>| {
        some.append(&mut others);
        Ok(some)
    };
    let songs = songs.try_fold(BTreeMap::new, add).try_reduce(BTreeMap::new, both)?;
    Ok(songs.into_values().collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
