//! Reading a file is work for another thread.
//!
//! `tokio::fs` gives it to a pool of threads, so every await is a trip there and back.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fmt, fs, io};

use futures::stream::{self, StreamExt, TryStreamExt};
use lessons::measure::{Table, all_in_turn, fastest, human, time};
use rayon::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tracing::{Instrument, info_span};
use witness::Threads;

// ANCHOR: read_file
/// Reads a whole file. The calling thread is free meanwhile: a thread of Tokio's blocking pool
/// does the reading.
pub async fn read_file(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let name = path.file_name().unwrap_or_default();
    tokio::fs::read(path)
        .instrument(info_span!("read", file = %name.display()))
        .await
        .map_err(|cause| Unreadable { path: path.into(), cause })
}
// ANCHOR_END: read_file

// ANCHOR: by_hand
/// Does by hand what `tokio::fs::read` does inside.
pub async fn read_by_hand(path: PathBuf) -> Result<Vec<u8>, Unreadable> {
    let work = info_span!("std::fs::read");
    let job = spawn_blocking(move || work.in_scope(|| read_here(&path)));
    job.instrument(info_span!("spawn_blocking")).await.expect("reading a file does not panic")
}
// ANCHOR_END: by_hand

// ANCHOR: one_after_another
/// Reads the files one await after another: one trip to the pool each, never two at once.
pub async fn one_after_another(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let mut contents = Vec::with_capacity(paths.len());
    for path in paths {
        contents.push(read_file(path).await?);
    }
    Ok(contents)
}
// ANCHOR_END: one_after_another

// ANCHOR: at_most
/// Reads the files with up to `limit` trips to the pool under way, and keeps their order.
pub async fn at_most(limit: usize, paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    stream::iter(paths).map(|path| read_file(path)).buffered(limit).try_collect().await
}
// ANCHOR_END: at_most

// ANCHOR: one_trip
/// Reads all the files in one trip to the pool.
pub async fn one_trip(paths: Vec<PathBuf>) -> Result<Vec<Vec<u8>>, Unreadable> {
    spawn_blocking(move || in_a_loop(&paths)).await.expect("reading files does not panic")
}
// ANCHOR_END: one_trip

/// Reads the files one after another, on the calling thread.
pub fn in_a_loop(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    paths.iter().map(|path| read_here(path)).collect()
}

/// Reads the files on the threads of Rayon's pool.
pub fn par_in_a_loop(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    paths.par_iter().map(|path| read_here(path)).collect()
}

/// Reads a whole file on the calling thread, which waits for it.
fn read_here(path: &Path) -> Result<Vec<u8>, Unreadable> {
    fs::read(path).map_err(|cause| Unreadable { path: path.into(), cause })
}

// ANCHOR: unreadable
/// A file that could not be read: which one, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// The file, as it was asked for.
    pub path: PathBuf,
    /// The operating system's reason.
    pub cause: io::Error,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read '{}'", self.path.display())
    }
}

impl Error for Unreadable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}
// ANCHOR_END: unreadable

/// Reads the file named in the environment variable `READ_FILE`, or one of its own; then
/// thousands of small ones in five ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("big.bin");
    fs::write(&own, vec![0; 32 << 20])?;
    let big = env::var_os("READ_FILE").map_or(own, PathBuf::from);

    let pool = Threads::new();
    let tokio = runtime(&pool)?;
    let timeline = timeline::timeline("one file: main waits, another thread reads");
    tokio.block_on(read_file(&big))?;
    let started = pool.names();
    tokio.block_on(read_by_hand(big))?;
    timeline.draw();
    println!("threads that the first read made the runtime start: {started:?}\n");

    let few = write_files(folder.path(), 6, 1 << 20)?;
    let timeline = timeline::timeline("six files, one await after another");
    tokio.block_on(one_after_another(&few))?;
    timeline.draw();
    println!();
    let timeline = timeline::timeline("six files, at most three at a time");
    tokio.block_on(at_most(3, &few))?;
    timeline.draw();
    println!();

    let many = write_files(folder.path(), 4_000, 4 << 10)?;
    println!("{} files of 4 KiB, best of {ROUNDS} rounds", many.len());
    println!("{}", five_ways(&many));
    Ok(())
}

/// A runtime that runs its tasks on the calling thread, so each thread it starts is one of its
/// blocking pool. They are noted in `pool` as they start.
fn runtime(pool: &Threads) -> io::Result<Runtime> {
    let pool = pool.clone();
    Builder::new_current_thread()
        .thread_name("blocking pool")
        .on_thread_start(move || pool.note())
        .build()
}

/// Writes `count` files of `size` bytes and returns their paths.
fn write_files(folder: &Path, count: usize, size: usize) -> io::Result<Vec<PathBuf>> {
    let write = |number| {
        let path = folder.join(format!("{number}.txt"));
        let content = vec![b'0' + (number % 10) as u8; size];
        fs::write(&path, content).map(|()| path)
    };
    (0..count).map(write).collect()
}

const ROUNDS: usize = 3;

type Contents = Result<Vec<Vec<u8>>, Unreadable>;
type Variant<'a> = &'a dyn Fn(&Runtime) -> Contents;

/// Reads all `paths` in five ways, in turn: the fastest time of each, and the most threads that its
/// runtime started.
fn five_ways(paths: &[PathBuf]) -> String {
    let ways: [(&str, Variant<'_>); 5] = [
        ("std::fs in a loop", &|_| in_a_loop(paths)),
        ("tokio::fs, one after another", &|tokio| tokio.block_on(one_after_another(paths))),
        ("tokio::fs, at most 32", &|tokio| tokio.block_on(at_most(32, paths))),
        ("one spawn_blocking for all", &|tokio| tokio.block_on(one_trip(paths.to_vec()))),
        ("Rayon", &|_| par_in_a_loop(paths)),
    ];
    let mut arms = ways.map(|(_, read)| -> Box<dyn FnMut() -> (Duration, usize)> {
        Box::new(move || {
            let pool = Threads::new();
            let tokio = runtime(&pool).expect("it starts no thread yet");
            let took = time(|| read(&tokio).expect("the files were just written"));
            (took, pool.count())
        })
    });
    let mut table = Table::new(["way", "time", "pool threads"]);
    let mut best = Vec::new();
    for ((way, _), rounds) in ways.iter().zip(all_in_turn(ROUNDS, &mut arms)) {
        let (times, pools): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
        let (took, pool) = (fastest(&times), pools.iter().max().expect("a round"));
        table.row([way.to_string(), human(took), pool.to_string()]);
        best.push(took);
    }
    let trip = best[1].saturating_sub(best[0]) / paths.len() as u32;
    format!("{table}one await for each file cost {} a file more than the loop", human(trip))
}

#[cfg(test)]
mod tests;
