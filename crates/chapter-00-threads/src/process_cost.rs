//! A child process costs many times what a thread costs.
//!
//! Most of what a thread reserves is addresses, with no memory behind them.

// ANCHOR: program
use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

// ANCHOR: start_and_end
/// Starts a thread that does nothing, and waits for its end.
pub fn start_and_end_a_thread() {
    thread::spawn(|| ()).join().expect("it does nothing");
}

/// Starts `program` as a child, waits until it is ready, then lets it end.
/// Returns how it ended.
pub fn start_and_end_a_child(program: &mut Command) -> io::Result<ExitStatus> {
    // `wait` closes the pipe to the child first. The child reads that this was
    // all, and ends.
    start(program)?.wait()
}
// ANCHOR_END: start_and_end

// ANCHOR: memory
/// The memory of a process or of a thread, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Memory that is really there and belongs to no other process as well.
    pub own: f64,
    /// Addresses that are set aside. Most have no memory behind them until they
    /// are used.
    pub reserved: f64,
}

impl Memory {
    /// Asks the system about a process: its number, or `self`. `None` where the
    /// system is not Linux, or does not tell.
    pub fn of(process: &str) -> Option<Memory> {
        let rollup =
            fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let status =
            fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let own =
            kib(&rollup, "Private_Clean:")? + kib(&rollup, "Private_Dirty:")?;
        Some(Memory { own, reserved: kib(&status, "VmSize:")? })
    }
}

/// The number after `field`, which the system writes as `Field:   1234 kB`.
fn kib(text: &str, field: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}
// ANCHOR_END: memory

/// Measures threads and children of this program in turn.
pub fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(CHILD).is_some() {
        return Ok(wait_for_the_end()?);
    }
    let program = env::current_exe()?;
    let mut a_child = || {
        let end = start_and_end_a_child(&mut child(&program))
            .expect("it started before");
        assert!(end.success(), "{end}");
    };
    let [thread, process] =
        medians(50, [&mut start_and_end_a_thread, &mut a_child]);

    let mut waiting = start(&mut child(&program))?;
    let memory_of_a_child = Memory::of(&waiting.id().to_string());
    waiting.wait()?;

    println!("what one costs");
    println!("                   start and end  memory of its own  reserved");
    let known = |kib: Option<f64>| {
        kib.map_or("not known".into(), |kib| format!("{kib:.0} KiB"))
    };
    for (name, took, memory) in [
        ("a thread", thread, memory_of_a_thread(400)),
        ("a child process", process, memory_of_a_child),
    ] {
        let [own, reserved] =
            [memory.map(|m| m.own), memory.map(|m| m.reserved)].map(known);
        println!("  {name:15} {:>14} {own:>18} {reserved:>9}", rounded(took));
    }
    Ok(())
}

/// Does each of the two in turn, so that both meet the same machine. Returns
/// the median of each.
fn medians(times: usize, mut works: [&mut dyn FnMut(); 2]) -> [Duration; 2] {
    let mut took = [vec![], vec![]];
    for _ in 0..times {
        for (work, took) in works.iter_mut().zip(&mut took) {
            let start = Instant::now();
            work();
            took.push(start.elapsed());
        }
    }
    took.map(|mut took| {
        took.sort();
        took[took.len() / 2]
    })
}

fn rounded(took: Duration) -> String {
    let micros = took.as_secs_f64() * 1e6;
    if micros < 1e3 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.1} ms", micros / 1e3)
    }
}

/// Set for a child, so that the same program knows which of the two it is.
const CHILD: &str = "OVERLAP_CHILD";
/// The child's first line.
const READY: &str = "ready";

/// This chapter's `program`, to be started as a child.
pub fn child(program: &Path) -> Command {
    let mut child = Command::new(program);
    child
        .arg("process-cost")
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    child
}

/// Starts a [`child`] and waits until it is ready.
pub fn start(program: &mut Command) -> io::Result<Child> {
    let mut child = program.spawn()?;
    let mut lines =
        BufReader::new(child.stdout.as_mut().expect("it is piped")).lines();
    // Whatever else it prints first goes through the pipe, too.
    while lines.next().ok_or(io::ErrorKind::UnexpectedEof)?? != READY {}
    Ok(child)
}

/// The child's side: says that it is ready, and ends when the pipe is closed.
fn wait_for_the_end() -> io::Result<()> {
    println!("{READY}");
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}

/// The memory that one more thread takes, as the average of `threads` that
/// wait. `None` where [`Memory::of`] knows nothing.
pub fn memory_of_a_thread(threads: u32) -> Option<Memory> {
    let gate = Mutex::new(());
    let (started, starts) = mpsc::channel();
    thread::scope(|scope| {
        // Opens when this is dropped, even by a panic.
        let _closed = gate.lock().expect("nobody had it before");
        let more = |threads: u32| {
            for _ in 0..threads {
                let (gate, started) = (&gate, started.clone());
                scope.spawn(move || {
                    // An error says that nobody counts anymore.
                    let _ = started.send(());
                    drop(gate.lock());
                });
            }
            starts.iter().take(threads as usize).for_each(drop);
            Memory::of("self")
        };
        // The first also bring what is shared: glibc's allocator, up to eight
        // parts per core.
        let first = 8 * thread::available_parallelism()
            .map_or(1, |cores| cores.get() as u32);
        let (before, after) = (more(first.max(100))?, more(threads)?);
        let each = |before, after| (after - before) / f64::from(threads);
        let own = each(before.own, after.own);
        Some(Memory { own, reserved: each(before.reserved, after.reserved) })
    })
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
