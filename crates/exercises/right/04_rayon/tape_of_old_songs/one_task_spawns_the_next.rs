// As many tasks as threads; each takes a song, writes it down, and spawns another task.

use rayon::prelude::*;
use std::sync::Mutex;

struct Desk<I, T, E> {
    tape: I,
    written: Vec<(usize, T)>,
    error: Option<E>,
}

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let desk = Mutex::new(Desk { tape: tape.enumerate(), written: Vec::new(), error: None });
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|scope| one(&desk, &write_down, scope));
        }
    });
    let mut desk = desk.into_inner().expect("nobody panicked with it");
    desk.written.sort_unstable_by_key(|(number, _)| *number);
    match desk.error {
        Some(error) => Err(error),
        None => Ok(desk.written.into_iter().map(|(_, text)| text).collect()),
    }
}

fn one<'scope, S: Send, T: Send, E: Send>(
    desk: &'scope Mutex<Desk<impl Iterator<Item = (usize, S)> + Send, T, E>>,
    write_down: &'scope (impl Fn(S) -> Result<T, E> + Send + Sync),
    scope: &rayon::Scope<'scope>,
) {
    let locked = || desk.lock().expect("nobody panics with it");
    let next = {
        let mut desk = locked();
        if desk.error.is_some() { None } else { desk.tape.next() }
    };
    let Some((number, song)) = next else { return };
    match write_down(song) {
        Ok(text) => locked().written.push((number, text)),
        Err(error) => locked().error = Some(error),
    }
    scope.spawn(|scope| one(desk, write_down, scope));
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}
