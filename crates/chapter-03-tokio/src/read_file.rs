//! `tokio::fs` reads a file on a thread of a pool, so every await is a trip there and back.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fmt, fs, io};

use futures::stream::{self, StreamExt, TryStreamExt};
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
        .map_err(|cause| Unreadable::new(path, cause))
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

// ANCHOR: in_a_loop
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
    fs::read(path).map_err(|cause| Unreadable::new(path, cause))
}
// ANCHOR_END: in_a_loop

// ANCHOR: unreadable
/// A file that could not be read: which one, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// The file, as it was asked for.
    pub path: PathBuf,
    /// What the operating system said.
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

impl Unreadable {
    fn new(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        Unreadable { path, cause }
    }
}

// ANCHOR: runtime
/// A runtime that runs its tasks on the calling thread, so each thread it starts is one of its
/// blocking pool. They are noted in `pool` as they start.
pub fn runtime(pool: &Threads) -> io::Result<Runtime> {
    let pool = pool.clone();
    Builder::new_current_thread()
        .thread_name("blocking pool")
        .on_thread_start(move || pool.note())
        .build()
}
// ANCHOR_END: runtime

/// Writes `count` files of `size` bytes and returns their paths.
pub fn write_files(folder: &Path, count: usize, size: usize) -> io::Result<Vec<PathBuf>> {
    let write = |number| {
        let path = folder.join(format!("{number}.txt"));
        let content = vec![b'0' + (number % 10) as u8; size];
        fs::write(&path, content).map(|()| path)
    };
    (0..count).map(write).collect()
}

/// Reads the file named in the environment variable `READ_FILE`, or one of its own; then
/// thousands of small ones in five ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("big.bin");
    let big = match env::var_os("READ_FILE") {
        Some(path) => PathBuf::from(path),
        None => fs::write(&own, vec![0; 32 << 20]).map(|()| own)?,
    };

    let pool = Threads::new();
    let tokio = runtime(&pool)?;
    let timeline = lessons::timeline("one file: main waits, another thread reads");
    tokio.block_on(read_file(&big))?;
    let started = pool.names();
    tokio.block_on(read_by_hand(big))?;
    timeline.draw();
    println!("threads that the first read made the runtime start: {started:?}\n");

    let few = write_files(folder.path(), 6, 1 << 20)?;
    let timeline = lessons::timeline("six files, one await after another");
    tokio.block_on(one_after_another(&few))?;
    timeline.draw();
    println!();
    let timeline = lessons::timeline("six files, at most three at a time");
    tokio.block_on(at_most(3, &few))?;
    timeline.draw();
    println!();

    let many = write_files(folder.path(), 4_000, 4 << 10)?;
    println!("{} files of 4 KiB, best of {ROUNDS} rounds", many.len());
    table(&measure(&many)?, many.len());
    Ok(())
}

/// A way to read many files: its fastest round, and how many pool threads it made Tokio start.
struct Measured {
    way: &'static str,
    best: Duration,
    pool: usize,
}

/// How often [`measure`] reads everything in each way.
const ROUNDS: usize = 3;

type Contents = Result<Vec<Vec<u8>>, Unreadable>;
type Way<'a> = &'a dyn Fn(&Runtime) -> Contents;

/// Reads all `paths` in each way, round after round, so that a busy moment hits all ways alike.
fn measure(paths: &[PathBuf]) -> Result<Vec<Measured>, Box<dyn Error>> {
    let ways: [(&str, Way<'_>); 5] = [
        ("std::fs in a loop", &|_| in_a_loop(paths)),
        ("tokio::fs, one after another", &|tokio| tokio.block_on(one_after_another(paths))),
        ("tokio::fs, at most 32", &|tokio| tokio.block_on(at_most(32, paths))),
        ("one spawn_blocking for all", &|tokio| tokio.block_on(one_trip(paths.to_vec()))),
        ("Rayon", &|_| par_in_a_loop(paths)),
    ];
    let mut measured = ways.map(|(way, _)| Measured { way, best: Duration::MAX, pool: 0 });
    for _ in 0..ROUNDS {
        for ((_, read), measured) in ways.iter().zip(&mut measured) {
            let pool = Threads::new();
            let tokio = runtime(&pool)?;
            let start = Instant::now();
            let contents = read(&tokio)?;
            measured.best = measured.best.min(start.elapsed());
            measured.pool = measured.pool.max(pool.count());
            assert_eq!(contents.len(), paths.len());
        }
    }
    Ok(measured.into())
}

fn table(measured: &[Measured], files: usize) {
    println!("  {:<30} {:>8}   pool threads", "way", "time");
    for Measured { way, best, pool } in measured {
        println!("  {way:<30} {:>5.0} ms   {pool}", best.as_secs_f64() * 1e3);
    }
    let trip = measured[1].best.saturating_sub(measured[0].best) / files as u32;
    println!("one await for each file cost {} µs a file more than the loop", trip.as_micros());
}

#[cfg(test)]
mod tests;
