// Takes the songs as they come from the bridge.
// => failed nobody_waits_for_a_slow_song

use rayon::prelude::*;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    tape.par_bridge().map(write_down).collect()
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
