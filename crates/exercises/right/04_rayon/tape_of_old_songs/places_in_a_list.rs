// A list behind a lock has a place for each song that somebody has taken.

use rayon::prelude::*;
use std::sync::Mutex;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let texts: Mutex<Vec<Option<T>>> = Mutex::default();
    tape.enumerate().par_bridge().try_for_each(|(number, song)| {
        let text = write_down(song)?;
        let mut texts = texts.lock().expect("nobody panics with it");
        if texts.len() <= number {
            texts.resize_with(number + 1, || None);
        }
        texts[number] = Some(text);
        Ok(())
    })?;
    Ok(texts.into_inner().expect("nobody panicked with it").into_iter().flatten().collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
