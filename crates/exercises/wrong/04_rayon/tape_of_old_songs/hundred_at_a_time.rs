// Takes a hundred songs, which may be all there are.
// => failed there_are_never_more_songs_under_way_than_threads

use rayon::prelude::*;

fn transcribe<S: Send, T: Send, E: Send>(
    mut tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let mut all = Vec::new();
    loop {
        let some: Vec<S> = tape.by_ref().take(100).collect();
        if some.is_empty() {
            return Ok(all);
        }
        let written: Result<Vec<T>, E> = some.into_par_iter().map(&write_down).collect();
        all.extend(written?);
    }
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
