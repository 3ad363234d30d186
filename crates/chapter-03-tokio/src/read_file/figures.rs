//! What thousands of small files cost in five ways.

use std::time::Duration;

use lessons::measure::{Table, all_in_turn, fastest, human, time};
use rayon::prelude::*;

use super::*;

const ROUNDS: usize = 3;

/// Measures the five ways.
pub fn print() -> Result<(), Box<dyn Error>> {
    println!();
    let folder = tempfile::tempdir()?;
    let many = write_files(folder.path(), 4_000, 4 << 10)?;
    println!("{} files of 4 KiB, best of {ROUNDS} rounds", many.len());
    println!("{}", five_ways(&many));
    Ok(())
}

/// Reads the files on the threads of Rayon's pool.
pub fn par_in_a_loop(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    paths.par_iter().map(|path| read_here(path)).collect()
}

pub(super) type Contents = Result<Vec<Vec<u8>>, Unreadable>;
type Variant<'a> = &'a dyn Fn(&Runtime) -> Contents;

/// Reads all `paths` in five ways, in turn: the fastest time of each, and the
/// most threads that its runtime started.
fn five_ways(paths: &[PathBuf]) -> String {
    let ways: [(&str, Variant<'_>); 5] = [
        ("std::fs in a loop", &|_| in_a_loop(paths)),
        ("tokio::fs, one after another", &|tokio| {
            tokio.block_on(one_after_another(paths))
        }),
        ("tokio::fs, at most 32", &|tokio| tokio.block_on(at_most(32, paths))),
        ("one spawn_blocking for all", &|tokio| {
            tokio.block_on(one_trip(paths.to_vec()))
        }),
        ("Rayon", &|_| par_in_a_loop(paths)),
    ];
    let mut arms =
        ways.map(|(_, read)| -> Box<dyn FnMut() -> (Duration, usize)> {
            Box::new(move || {
                let pool = Pool::default();
                let tokio = runtime(&pool).expect("it starts no thread yet");
                let took =
                    time(|| read(&tokio).expect("the files were just written"));
                (took, pool.lock().expect("nobody panics with it").len())
            })
        });
    let mut table = Table::new(["way", "time", "pool threads"]);
    let mut best = Vec::new();
    for ((way, _), rounds) in ways.iter().zip(all_in_turn(ROUNDS, &mut arms)) {
        let (times, pools): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
        let (took, pool) =
            (fastest(&times), pools.iter().max().expect("a round"));
        table.row([way.to_string(), human(took), pool.to_string()]);
        best.push(took);
    }
    let trip = best[1].saturating_sub(best[0]) / paths.len() as u32;
    format!(
        "{table}one await for each file cost {} a file more than the loop",
        human(trip)
    )
}
