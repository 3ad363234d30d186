//! A pool has a size, names for its threads, and an answer to panics that nobody waits for.

use std::any::Any;
use std::env;
use std::error::Error;
use std::io::{self, BufRead, BufReader};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Set for a child process, so that the same program knows which of the two it is.
const CHILD: &str = "OVERLAP_CHILD";

// ANCHOR: named
/// Makes a pool of `threads` threads, called `name 0`, `name 1`, …
pub fn named(name: &'static str, threads: usize) -> ThreadPoolBuilder {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name} {index}"))
}

/// The names of the threads in the current pool. Each thread tells its own.
pub fn crew() -> Vec<String> {
    rayon::broadcast(|_| thread::current().name().unwrap_or("no name").to_owned())
}
// ANCHOR_END: named

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
/// Measures all photos on the threads of the pool. A panic of one goes to the caller.
pub fn installed(pool: &ThreadPool, photos: &[Vec<u8>]) -> Vec<usize> {
    pool.install(|| photos.par_iter().map(|pixels| brightness(pixels)).collect())
}
// ANCHOR_END: installed

// ANCHOR: spawned
/// Spawns a job for each photo, and waits for the answers. A job that panics gives none, and if
/// the pool has no panic handler, it ends the process.
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

// ANCHOR: fatal
/// What the child process does.
fn fatal() -> Result<(), Box<dyn Error>> {
    leave_no_core_file()?;
    let pool = named("photo", 2).build()?;
    let _ = spawned(&pool, photos(), brightness);
    // Whatever the answers are, it does not end by itself.
    loop {
        thread::park();
    }
}
// ANCHOR_END: fatal

// ANCHOR: watched
/// How a child process ended.
#[derive(Debug)]
pub struct End {
    /// Its exit status.
    pub status: ExitStatus,
    /// Whether the watchdog had to end it.
    pub killed: bool,
    /// What it wrote to its standard error, line by line.
    pub said: Vec<String>,
}

/// Runs `child` to its end, or kills it. `patience` tells how long it may be silent after a line;
/// at first, after an empty one.
pub fn watched(child: &mut Command, patience: impl Fn(&str) -> Duration) -> io::Result<End> {
    let mut process =
        child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let stderr = BufReader::new(process.stderr.take().expect("it is piped"));
    let (sender, lines) = mpsc::channel();
    // Ends, and closes the channel, when the child's end closes the pipe.
    thread::spawn(move || {
        stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    let mut said: Vec<String> = Vec::new();
    let killed = loop {
        let last = said.last().map_or("", String::as_str);
        match lines.recv_timeout(patience(last)) {
            Ok(line) => said.push(line),
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => {
                process.kill()?;
                break true;
            }
        }
    };
    Ok(End { status: process.wait()?, killed, said })
}
// ANCHOR_END: watched

/// This chapter's `program`, to be run as a child: the fatal half of `lesson`.
pub fn child(program: &Path, lesson: &str) -> Command {
    let mut child = Command::new(program);
    child.arg(lesson).env(CHILD, "1").env("RUST_BACKTRACE", "0");
    child
}

/// Whether this process is such a child.
pub(crate) fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Where the system would write the memory of an aborted process to a file, this forbids it.
fn leave_no_core_file() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    Ok(())
}

/// Three photos. The second has no pixels.
fn photos() -> Vec<Vec<u8>> {
    vec![vec![100; 400], Vec::new(), vec![200; 400]]
}

/// What was said in a panic.
fn reason(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| panic.downcast_ref().copied()).unwrap_or("not said")
}

/// Keeps the expected panics of the threads called `photo` off the terminal.
fn hush() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !thread::current().name().is_some_and(|name| name.starts_with("photo ")) {
            before(panic);
        }
    }));
}

/// Asks four pools who is in them, then meets a panic in four ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    if is_child() {
        return fatal();
    }
    let (small, large) = (named("small", 1).build()?, named("large", 3).build()?);
    println!("the threads of the current pool");
    println!("  outside of any pool             {}", crew().join(", "));
    println!("  in small.install                {}", small.install(crew).join(", "));
    println!("  in large.install                {}", large.install(crew).join(", "));
    let nested = large.install(|| small.install(crew));
    println!("  in both, small the inner one    {}\n", nested.join(", "));

    println!("three photos, the second without pixels: brightness divides by zero\n");
    hush();
    println!("install and par_iter: the panic goes to the caller");
    let pool = named("photo", 2).build()?;
    match panic::catch_unwind(AssertUnwindSafe(|| installed(&pool, &photos()))) {
        Ok(measured) => println!("  {measured:?}"),
        Err(panic) => println!("  no answer to any; panicked: {}", reason(&*panic)),
    }

    println!("\nspawn, bare, in a child process: the panic has nobody to go to");
    let long = Duration::from_secs(10);
    let end = watched(&mut child(&env::current_exe()?, "pools"), |_| long)?;
    println!("  the child's last words: {}", end.said.last().map_or("none", String::as_str));
    println!("  it ended with {}", end.status);

    println!("\nspawn, in a pool with a panic handler: the handler has it");
    let (told, notes) = mpsc::channel();
    let tell = move |panic: Box<dyn Any + Send>| _ = told.send(reason(&*panic).to_owned());
    let handled = named("photo", 2).panic_handler(tell).build()?;
    for (index, answer) in spawned(&handled, photos(), brightness).iter().enumerate() {
        match answer {
            Ok(measured) => println!("  photo {}  {measured}", index + 1),
            Err(RecvError) => println!("  photo {}  no answer", index + 1),
        }
    }
    println!("  the handler was told: {}", notes.recv()?);

    println!("\nspawn, with catch_unwind in the job: the one who asked has it");
    for (index, answer) in spawned(&pool, photos(), caught).into_iter().enumerate() {
        match answer? {
            Ok(measured) => println!("  photo {}  {measured}", index + 1),
            Err(panic) => println!("  photo {}  panicked: {}", index + 1, reason(&*panic)),
        }
    }
    println!("\nthe threads of these two pools afterwards");
    println!("  {}", handled.install(crew).join(", "));
    println!("  {}", pool.install(crew).join(", "));
    Ok(())
}

#[cfg(test)]
mod tests;
