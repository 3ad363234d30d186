//! Reading a file is work for another thread.
//!
//! `tokio::fs` gives it to a pool of threads, so every await is a trip there
//! and back.

// ANCHOR: program
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{env, fmt, fs, io, process, thread};

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tracing::{Instrument, info_span};

// ANCHOR: read_file
/// Reads a whole file. The calling thread is free meanwhile: a thread of
/// Tokio's blocking pool does the reading.
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
    job.instrument(info_span!("spawn_blocking"))
        .await
        .expect("reading a file does not panic")
}
// ANCHOR_END: by_hand

// ANCHOR: one_after_another
/// Reads the files one await after another: one trip to the pool each, never
/// two at once.
pub async fn one_after_another(
    paths: &[PathBuf],
) -> Result<Vec<Vec<u8>>, Unreadable> {
    let mut contents = Vec::with_capacity(paths.len());
    for path in paths {
        contents.push(read_file(path).await?);
    }
    Ok(contents)
}
// ANCHOR_END: one_after_another

// ANCHOR: at_most
/// Reads the files with up to `limit` trips to the pool under way, and keeps
/// their order.
pub async fn at_most(
    limit: usize,
    paths: &[PathBuf],
) -> Result<Vec<Vec<u8>>, Unreadable> {
    stream::iter(paths)
        .map(|path| read_file(path))
        .buffered(limit)
        .try_collect()
        .await
}
// ANCHOR_END: at_most

// ANCHOR: one_trip
/// Reads all the files in one trip to the pool.
pub async fn one_trip(paths: Vec<PathBuf>) -> Result<Vec<Vec<u8>>, Unreadable> {
    spawn_blocking(move || in_a_loop(&paths))
        .await
        .expect("reading files does not panic")
}
// ANCHOR_END: one_trip

/// Reads the files one after another, on the calling thread.
pub fn in_a_loop(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Unreadable> {
    paths.iter().map(|path| read_here(path)).collect()
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

/// Reads the file named in the environment variable `READ_FILE`, or one of its
/// own; then a few more, in two ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("read-file-{}", process::id()));
    fs::create_dir(&folder)?;
    let read = pictures(&folder);
    fs::remove_dir_all(&folder)?;
    read
}

/// Draws how the files are read.
fn pictures(folder: &Path) -> Result<(), Box<dyn Error>> {
    let own = folder.join("big.bin");
    fs::write(&own, vec![0; 32 << 20])?;
    let big = env::var_os("READ_FILE").map_or(own, PathBuf::from);

    let pool = Pool::default();
    let tokio = runtime(&pool)?;
    let timeline =
        timeline::timeline("one file: main waits, another thread reads");
    tokio.block_on(read_file(&big))?;
    let started = pool.lock().expect("nobody panics with it").clone();
    tokio.block_on(read_by_hand(big))?;
    timeline.draw();
    println!(
        "threads that the first read made the runtime start: {started:?}\n"
    );

    let few = write_files(folder, 6, 1 << 20)?;
    let timeline = timeline::timeline("six files, one await after another");
    tokio.block_on(one_after_another(&few))?;
    timeline.draw();
    println!();
    let timeline = timeline::timeline("six files, at most three at a time");
    tokio.block_on(at_most(3, &few))?;
    timeline.draw();
    Ok(())
}

/// The names of the threads that a runtime started.
type Pool = Arc<Mutex<Vec<String>>>;

/// A runtime that runs its tasks on the calling thread, so each thread it
/// starts is one of its blocking pool. They are noted in `pool` as they start.
fn runtime(pool: &Pool) -> io::Result<Runtime> {
    let pool = Arc::clone(pool);
    let note = move || {
        let name = thread::current().name().unwrap_or_default().to_owned();
        pool.lock().expect("nobody panics with it").push(name);
    };
    Builder::new_current_thread()
        .thread_name("blocking pool")
        .on_thread_start(note)
        .build()
}

/// Writes `count` files of `size` bytes and returns their paths.
fn write_files(
    folder: &Path,
    count: usize,
    size: usize,
) -> io::Result<Vec<PathBuf>> {
    let write = |number| {
        let path = folder.join(format!("{number}.txt"));
        let content = vec![b'0' + (number % 10) as u8; size];
        fs::write(&path, content).map(|()| path)
    };
    (0..count).map(write).collect()
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
