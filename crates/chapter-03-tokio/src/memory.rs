//! A waiting task takes the memory it holds across its await.
//!
//! A thread reserves a whole stack, but takes little memory, too.

// ANCHOR: program
use std::error::Error;
use std::future::pending;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, hint};

mod stage;

// ANCHOR: hold
/// Waits for what never comes, and holds `SIZE` bytes meanwhile.
async fn hold<const SIZE: usize>() {
    let held = [1_u8; SIZE];
    HOLDING.fetch_add(1, Ordering::Relaxed);
    pending::<()>().await;
    hint::black_box(held);
}

/// The number of tasks that have come to their await.
static HOLDING: AtomicU64 = AtomicU64::new(0);
// ANCHOR_END: hold

// ANCHOR: memory
/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Memory that is there.
    pub resident: u64,
    /// Addresses that are set aside, whether or not there is memory behind
    /// them.
    pub reserved: u64,
}

impl Memory {
    /// Asks the system about the process of this number. `None` where it is not
    /// Linux.
    pub fn of(process: u32) -> Option<Memory> {
        let read =
            |file| fs::read_to_string(format!("/proc/{process}/{file}")).ok();
        let (rollup, status) = (read("smaps_rollup")?, read("status")?);
        // Not counted: pages of files, which all processes of one program
        // share.
        let resident = field(&rollup, "Anonymous:")?;
        Some(Memory { resident, reserved: field(&status, "VmSize:")? })
    }
}
// ANCHOR_END: memory

/// The number of bytes in a field, which the system writes as
/// `Name:   1234 kB`.
fn field(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Measures what tasks, threads and a process take while they wait.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(order) = env::var(stage::ORDER) {
        return stage::obey(&order);
    }
    let program = env::current_exe()?;
    let (tasks, threads) = (100_000, 1_000);
    let big = each(&program, Parked::Threads(256 << 20), threads)?;
    println!("  memory for each while it waits  resident  reserved");
    for (name, memory) in [
        ("100,000 tasks", each(&program, Parked::Tasks(0), tasks)?),
        (
            "100,000 tasks that hold 1 KiB",
            each(&program, Parked::Tasks(1024), tasks)?,
        ),
        ("1,000 threads", each(&program, Parked::Threads(0), threads)?),
        ("1,000 threads, stack 256 MiB", big),
        ("1 process", measure(&program, Parked::Nothing, 1)?),
    ] {
        let part =
            |part: fn(Memory) -> u64| memory.map(|memory| bytes(part(memory)));
        let parts =
            [part(|memory| memory.resident), part(|memory| memory.reserved)];
        let [resident, reserved] =
            parts.map(|part| part.unwrap_or("not known".to_owned()));
        println!("  {name:<30}{resident:>10}{reserved:>10}");
    }

    let machine = fs::read_to_string("/proc/meminfo").ok();
    if let Some((machine, big)) =
        machine.and_then(|text| field(&text, "MemTotal:")).zip(big)
    {
        let size = bytes(machine);
        println!(
            "\nhow many threads with a stack of 256 MiB does a memory of \
             {size} hold?"
        );
        println!("  divided by what one reserves: {}", machine / big.reserved);
        println!(
            "  yet 1,000 have just waited, in {}",
            bytes(threads * big.resident)
        );
    }
    Ok(())
}

/// A number of bytes, in the largest unit that leaves at most four digits.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let unit = (0..3).find(|unit| count >> (10 * unit) < 10_000).unwrap_or(3);
    format!("{} {}", count >> (10 * unit), UNITS[unit])
}

/// The kind of thing that waits in the measured process.
#[derive(Clone, Copy, Debug)]
pub enum Parked {
    /// Nothing but its main thread.
    Nothing,
    /// Tasks that hold this number of bytes, 0 or 1024.
    Tasks(usize),
    /// Threads with stacks of this number of bytes; 0 for the usual.
    Threads(usize),
}

/// The memory of a process in which `count` tasks or threads wait.
pub fn measure(
    program: &Path,
    parked: Parked,
    count: u64,
) -> io::Result<Option<Memory>> {
    let mut child = Command::new(program)
        .arg("memory")
        .env(stage::ORDER, format!("{parked:?} {count}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines =
        BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let ready = lines.map_while(Result::ok).any(|line| line == stage::READY);
    let memory = Memory::of(child.id());
    drop(child.stdin.take()); // The child waits for this.
    match child.wait()? {
        end if ready && end.success() => Ok(memory),
        end => {
            Err(io::Error::other(format!("{count} times {parked:?}: {end}")))
        }
    }
}

/// The memory of each of `count` tasks or threads while it waits.
pub fn each(
    program: &Path,
    parked: Parked,
    count: u64,
) -> io::Result<Option<Memory>> {
    // The first also bring what is shared: a runtime, the allocator's parts.
    let first = 100;
    let few = measure(program, parked, first)?;
    let many = measure(program, parked, first + count)?;
    Ok(few.zip(many).map(|(few, many)| difference(few, many, count)))
}

fn difference(few: Memory, many: Memory, count: u64) -> Memory {
    Memory {
        resident: many.resident.saturating_sub(few.resident) / count,
        reserved: many.reserved.saturating_sub(few.reserved) / count,
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
