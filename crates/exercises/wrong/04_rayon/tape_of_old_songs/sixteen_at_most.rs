// Writes sixteen songs at once, and no more.
// => failed nine_songs_are_written_down_at_once

use std::sync::Mutex;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let tape = Mutex::new(Some(tape.enumerate()));
    let written = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let write = || {
        loop {
            let next = tape.lock().unwrap().as_mut().and_then(Iterator::next);
            let Some((nth, song)) = next else { return };
            match write_down(song) {
                Ok(text) => written.lock().unwrap().push((nth, text)),
                Err(e) => {
                    *tape.lock().unwrap() = None;
                    failed.lock().unwrap().get_or_insert(e);
                }
            }
        }
    };
    rayon::scope(|room| {
        for _ in 0..rayon::current_num_threads().min(16) {
            room.spawn(|_| write());
        }
    });
    if let Some(e) = failed.into_inner().unwrap() {
        return Err(e);
    }
    let mut written = written.into_inner().unwrap();
    written.sort_unstable_by_key(|&(nth, _)| nth);
    Ok(written.into_iter().map(|(_, text)| text).collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
