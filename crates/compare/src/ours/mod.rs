//! The arms in Rust. Each runs in a process of its own and prints one line.

mod cpu;
mod eager;
mod fetch;
mod pipeline;
pub mod rule;
mod search;
mod tasks;

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use origin::{Origin, Site};

/// What an arm returns: its line, or why there is none.
pub type Line = Result<String, Box<dyn Error + Send + Sync>>;

/// Runs an arm: its name, and its arguments.
///
/// # Errors
/// If there is no such arm, or what it met.
pub fn run(name: &str, arguments: &[String]) -> Line {
    // The first caller in a process decides; a second finds the same provider
    // there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match name {
        "eager" => eager::run(arguments),
        "cpu" => cpu::run(arguments),
        "tasks" => tasks::run(arguments),
        "pipeline" => pipeline::run(arguments),
        "fetch" => fetch::run(arguments),
        "search" => search::run(arguments),
        "queries" => queries(arguments),
        "serve" => serve(arguments),
        _ => Err(format!("there is no arm {name:?}").into()),
    }
}

/// How late each answer of the server begins.
const LATENCY: Duration = Duration::from_millis(20);

/// Serves the default set, late as a server on the network would, until its
/// input ends. Writes a file of all URLs.
///
/// The runner has it in a process of its own, as all that needs memory: what a
/// process had before it became another program counts as that program's
/// memory, too.
fn serve(arguments: &[String]) -> Line {
    let path: String = argument(arguments, 0)?;
    let origin =
        Origin::serve(Site::best().preload()?).latency(LATENCY).start()?;
    fs::write(
        path,
        origin.urls().iter().map(|url| format!("{url}\n")).collect::<String>(),
    )?;
    println!("serving");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok("served".to_owned())
}

/// Writes a file of 1,000 queries.
fn queries(arguments: &[String]) -> Line {
    let path: String = argument(arguments, 0)?;
    let queries = search::queries(&search::pages()?, 1_000);
    fs::write(
        path,
        queries.iter().map(|query| format!("{query}\n")).collect::<String>(),
    )?;
    Ok("written".to_owned())
}

/// The argument at a place, read as what is needed.
fn argument<T: std::str::FromStr>(
    arguments: &[String],
    nth: usize,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    let text = arguments
        .get(nth)
        .ok_or_else(|| format!("argument {nth} is missing"))?;
    text.parse()
        .map_err(|_| format!("argument {nth} cannot be {text:?}").into())
}

/// The lines of a file.
fn lines(path: &str) -> std::io::Result<Vec<String>> {
    Ok(fs::read_to_string(path)?.lines().map(str::to_owned).collect())
}

/// The time since `start`, as arms print it.
fn since(start: Instant) -> String {
    seconds(start.elapsed())
}

fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// The memory of this process, in bytes.
fn resident() -> std::io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes
        .map(|count| count << 10)
        .ok_or_else(|| std::io::Error::other("no VmRSS"))
}
