//! A panic in a spawned job has nobody to go to.

// ANCHOR: program
use std::any::Any;
use std::env;
use std::error::Error;
use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::{self, Receiver, RecvError};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// ANCHOR: brightness
/// The average of a photo's pixels. Panics if there is none.
pub fn brightness(pixels: &[u8]) -> usize {
    pixels.iter().map(|&pixel| usize::from(pixel)).sum::<usize>() / pixels.len()
}

/// [`brightness`], with a panic as a value.
pub fn caught(pixels: &[u8]) -> thread::Result<usize> {
    panic::catch_unwind(|| brightness(pixels))
}
// ANCHOR_END: brightness

// ANCHOR: installed
/// Measures all photos on the threads of the pool. A panic of one goes to the
/// caller.
pub fn installed(pool: &ThreadPool, photos: &[Vec<u8>]) -> Vec<usize> {
    pool.install(|| {
        photos.par_iter().map(|pixels| brightness(pixels)).collect()
    })
}
// ANCHOR_END: installed

// ANCHOR: spawned
/// Spawns a job for each photo, and waits for the answers. A job that panics
/// gives none, and if the pool has no panic handler, the panic ends the
/// process.
pub fn spawned<T: Send + 'static>(
    pool: &ThreadPool,
    photos: Vec<Vec<u8>>,
    measure: fn(&[u8]) -> T,
) -> Vec<Result<T, RecvError>> {
    let spawn = |pixels: Vec<u8>| {
        let (sender, answer) = mpsc::channel();
        pool.spawn(move || {
            let measured = measure(&pixels);
            // An error says that nobody waits anymore.
            let _ = sender.send(measured);
        });
        answer
    };
    let answers: Vec<Receiver<T>> = photos.into_iter().map(spawn).collect();
    answers.iter().map(Receiver::recv).collect()
}
// ANCHOR_END: spawned

/// Meets a panic in four ways: under `install`, in a bare `spawn`, with a
/// handler, and caught.
pub fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(CHILD).is_some() {
        return abort();
    }
    println!(
        "three photos, the second without pixels: brightness divides by zero\n"
    );
    let pool = two_threads().build()?;
    println!("install and par_iter: the panic goes to the caller");
    let caller =
        panic::catch_unwind(AssertUnwindSafe(|| installed(&pool, &photos())));
    println!("  {}", in_words(caller));

    println!(
        "\nspawn, bare, in a child process: the panic has nobody to go to"
    );
    let child = aborted(&env::current_exe()?)?;
    let written = String::from_utf8_lossy(&child.stderr);
    let lines: Vec<&str> = written.lines().collect();
    for last in &lines[lines.len().saturating_sub(2)..] {
        println!("  the child wrote: {last}");
    }
    println!("  it ended with {}", child.status);

    println!("\nspawn, in a pool with a panic handler: the handler has it");
    let (note, notes) = mpsc::channel();
    let handler = move |panic| _ = note.send(reason(panic));
    let handled = two_threads().panic_handler(handler).build()?;
    for (photo, answer) in (1..).zip(spawned(&handled, photos(), brightness)) {
        println!(
            "  photo {photo}  {}",
            answer.map_or("no answer".into(), |it| it.to_string())
        );
    }
    println!("  the handler got: {}", notes.recv()?);

    println!("\nspawn, with catch_unwind in the job: the one who asked has it");
    for (photo, answer) in (1..).zip(spawned(&pool, photos(), caught)) {
        println!("  photo {photo}  {}", in_words(answer?));
    }
    let left = [handled, pool].map(|pool| pool.broadcast(|_| ()).len());
    println!("\nthe threads of these two pools afterwards: {left:?}");
    Ok(())
}

/// Two threads, called `photo 0` and `photo 1`.
fn two_threads() -> ThreadPoolBuilder {
    ThreadPoolBuilder::new()
        .num_threads(2)
        .thread_name(|index| format!("photo {index}"))
}

/// Three photos. The second has no pixels.
fn photos() -> Vec<Vec<u8>> {
    vec![vec![100; 400], Vec::new(), vec![200; 400]]
}

/// A result in words, or the message of its panic.
fn in_words<T: fmt::Debug>(result: thread::Result<T>) -> String {
    result.map_or_else(
        |panic| format!("panicked: {}", reason(panic)),
        |it| format!("{it:?}"),
    )
}

/// The message of a panic.
fn reason(panic: Box<dyn Any + Send>) -> String {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted
        .or_else(|| panic.downcast_ref().copied())
        .unwrap_or("not said")
        .to_owned()
}

/// Set for a child process, so that the same program knows which of the two it
/// is.
const CHILD: &str = "OVERLAP_CHILD";

/// Runs the half that aborts in a child process: this lesson of `program`,
/// which is the chapter.
pub fn aborted(program: &Path) -> io::Result<Output> {
    Command::new(program)
        .arg("panics")
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
}

/// Says so when it is dropped because its thread unwinds.
struct Owned(&'static str);

impl Drop for Owned {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{} unwinds", self.0);
        }
    }
}

// ANCHOR: abort
/// The child process.
fn abort() -> Result<(), Box<dyn Error>> {
    leave_no_core_file()?;
    let pool = ThreadPoolBuilder::new().num_threads(2).build()?;
    let _owned = Owned("the thread that waits");
    let measure = |pixels: &[u8]| {
        let _owned = Owned("the job");
        brightness(pixels)
    };
    let _ = spawned(&pool, photos(), measure);
    // The answers may be here before the abort. Without an abort, the process
    // would end well.
    thread::sleep(Duration::from_secs(10));
    Ok(())
}
// ANCHOR_END: abort

/// Where the system would write the memory of an aborted process to a file,
/// this forbids it.
fn leave_no_core_file() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(
            Resource::Core,
            Rlimit { current: Some(0), maximum: Some(0) },
        )?;
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
