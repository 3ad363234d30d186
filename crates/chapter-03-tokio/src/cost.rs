//! A task costs what it holds across its awaits, and little time, if started in bulk.

use std::error::Error;
use std::future::pending;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, hint, thread};

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

// ANCHOR: time
/// Starts `count` tasks, then awaits each. Returns the sum of their results.
pub async fn all_at_once<F>(count: u64, work: impl Fn(u64) -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(work(number))).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("no task panics");
    }
    sum
}

/// Starts a task and awaits it, `count` times. Returns the sum of their results.
pub async fn one_after_another<F>(count: u64, work: impl Fn(u64) -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let mut sum = 0;
    for number in 0..count {
        sum += tokio::spawn(work(number)).await.expect("no task panics");
    }
    sum
}
// ANCHOR_END: time

// ANCHOR: memory
/// What a process takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Memory that is there.
    pub resident: u64,
    /// Addresses that are set aside, whether or not there is memory behind them.
    pub reserved: u64,
}

impl Memory {
    /// Asks the system about the process of this number. `None` where it is not Linux.
    pub fn of(process: u32) -> Option<Memory> {
        let read = |file| fs::read_to_string(format!("/proc/{process}/{file}")).ok();
        let (rollup, status) = (read("smaps_rollup")?, read("status")?);
        // Not counted: pages of files, which all processes of one program share.
        let resident = bytes(&rollup, "Anonymous:")?;
        Some(Memory { resident, reserved: bytes(&status, "VmSize:")? })
    }

    /// What each of `count` takes, by a process that has so many more of them than another.
    fn each(few: Memory, many: Memory, count: u64) -> Memory {
        Memory {
            resident: many.resident.saturating_sub(few.resident) / count,
            reserved: many.reserved.saturating_sub(few.reserved) / count,
        }
    }
}
// ANCHOR_END: memory

/// The number after `field`, which the system writes as `Field:   1234 kB`.
fn bytes(text: &str, field: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(value.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

// ANCHOR: parked
/// What a child does while it is measured.
#[derive(Clone, Copy, Debug)]
pub enum Parked {
    /// Nothing.
    Nothing,
    /// Has tasks that wait, and hold so many bytes meanwhile: 0 or 1024.
    Tasks(usize),
    /// Has threads that wait, with stacks of so many bytes; 0 for the usual.
    Threads(usize),
}

/// Starts a child that has `count` of them, and returns what it takes once all of them wait.
pub fn measure(program: &Path, parked: Parked, count: u64) -> io::Result<Option<Memory>> {
    let mut child = Command::new(program)
        .arg("cost")
        .env(ORDER, format!("{parked:?} {count}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let waits = said.map_while(Result::ok).any(|line| line == READY);
    let memory = Memory::of(child.id());
    drop(child.stdin.take()); // the child waits for this
    match child.wait()? {
        end if waits && end.success() => Ok(memory),
        end => Err(io::Error::other(format!("{count} times {parked:?}: {end}"))),
    }
}

/// What each of `count` takes while it waits.
pub fn each(program: &Path, parked: Parked, count: u64) -> io::Result<Option<Memory>> {
    // The first also bring what is shared: a runtime, the allocator's parts.
    let first = 100;
    let few = measure(program, parked, first)?;
    let many = measure(program, parked, first + count)?;
    Ok(few.zip(many).map(|(few, many)| Memory::each(few, many, count)))
}
// ANCHOR_END: parked

/// Set for a child: what it is to do.
const ORDER: &str = "OVERLAP_COST";
/// What a child says when all wait.
const READY: &str = "all wait";

/// What a child does.
fn obey(order: &str) -> Result<(), Box<dyn Error>> {
    let wait_for_parent = || {
        println!("{READY}");
        io::stdin().read_to_end(&mut Vec::new())
    };
    let (parked, count) = order.split_once(' ').ok_or("an order is two words")?;
    let count: u64 = count.parse()?;
    let size = |kind: &str| parked.strip_prefix(kind)?.strip_suffix(')')?.parse::<usize>().ok();
    if let Some(held) = size("Tasks(") {
        Builder::new_current_thread().build()?.block_on(async {
            for _ in 0..count {
                if held == 0 {
                    tokio::spawn(hold::<0>())
                } else {
                    tokio::spawn(hold::<1024>())
                };
            }
            while HOLDING.load(Ordering::Relaxed) < count {
                yield_now().await;
            }
            wait_for_parent()
        })?;
    } else if let Some(stack) = size("Threads(") {
        let (started, starts) = mpsc::channel();
        for _ in 0..count {
            let started = started.clone();
            let builder = match stack {
                0 => thread::Builder::new(),
                stack => thread::Builder::new().stack_size(stack),
            };
            // Nobody wakes it: it ends with the process.
            builder.spawn(move || {
                started.send(()).expect("this process counts");
                loop {
                    thread::park();
                }
            })?;
        }
        starts.iter().take(count as usize).for_each(drop);
        wait_for_parent()?;
    } else if parked == "Nothing" {
        wait_for_parent()?;
    } else {
        return Err(format!("no order: {order}").into());
    }
    Ok(())
}

/// How many tasks have come to their await.
static HOLDING: AtomicU64 = AtomicU64::new(0);

// ANCHOR: hold
/// Waits for what never comes, and holds `SIZE` bytes meanwhile.
async fn hold<const SIZE: usize>() {
    let held = [1_u8; SIZE];
    HOLDING.fetch_add(1, Ordering::Relaxed);
    pending::<()>().await;
    hint::black_box(held);
}
// ANCHOR_END: hold

/// Measures tasks, threads and processes: the time to start and end one, and what one takes.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(order) = env::var(ORDER) {
        return obey(&order);
    }
    let program = env::current_exe()?;
    times(&program)?;
    println!();
    memories(&program)
}

/// How many are started at once: tasks, threads, processes. One after another, a tenth of them.
const COUNTS: [u64; 3] = [100_000, 1_000, 30];

/// How often everything is timed. The best counts: a busy moment makes times longer, never shorter.
const ROUNDS: usize = 5;

/// What starts so many, at once or one after another, and waits for them.
type Way<'a> = &'a dyn Fn(u64, bool);

fn times(program: &Path) -> Result<(), Box<dyn Error>> {
    let one = Builder::new_current_thread().build()?;
    let two = Builder::new_multi_thread().worker_threads(2).build()?;
    let tasks = |runtime: &Runtime, count, at_once| {
        let work = |number| async move { number };
        let sum = if at_once {
            runtime.block_on(all_at_once(count, work))
        } else {
            runtime.block_on(one_after_another(count, work))
        };
        assert_eq!(sum, count * (count - 1) / 2);
    };
    let threads = |count, at_once| {
        let start = || thread::spawn(|| ());
        start_and_wait(count, at_once, start, |it| it.join().expect("it does nothing"));
    };
    let processes = |count, at_once| {
        let start = || {
            let mut child = Command::new(program);
            child.arg("cost").env(ORDER, "Nothing 0").stdin(Stdio::null()).stdout(Stdio::null());
            child.spawn().expect("this program can be started")
        };
        start_and_wait(count, at_once, start, |mut it| {
            assert!(it.wait().expect("it was started").success());
        });
    };
    let rows: [(&str, u64, Way<'_>); 4] = [
        ("tasks, current_thread", COUNTS[0], &|count, at_once| tasks(&one, count, at_once)),
        ("tasks, two workers", COUNTS[0], &|count, at_once| tasks(&two, count, at_once)),
        ("threads", COUNTS[1], &threads),
        ("processes", COUNTS[2], &processes),
    ];

    let mut took = [[Duration::MAX; 2]; 4];
    for _ in 0..ROUNDS {
        for ((_, count, way), [at_once, one_by_one]) in rows.iter().zip(&mut took) {
            *at_once = each_took(*count, |count| way(count, true)).min(*at_once);
            *one_by_one = each_took(count / 10, |count| way(count, false)).min(*one_by_one);
        }
    }
    println!(
        "{:<33}{:>13}{:>22}",
        "time for each, start to end", "all at once", "one after another"
    );
    for ((name, count, _), took) in rows.iter().zip(took) {
        let [at_once, one_by_one] = took.map(|best| best.as_secs_f64() * 1e6);
        println!("  {count:>7} {name:<23}{at_once:>10.2} µs{one_by_one:>19.2} µs");
    }
    Ok(())
}

/// The two ways for what is started and waited for without `async`.
fn start_and_wait<H>(count: u64, at_once: bool, start: impl Fn() -> H, wait: impl Fn(H)) {
    let started = (0..count).map(|_| start());
    if at_once {
        started.collect::<Vec<_>>().into_iter().for_each(wait);
    } else {
        started.for_each(wait);
    }
}

fn each_took(count: u64, job: impl FnOnce(u64)) -> Duration {
    let start = Instant::now();
    job(count);
    start.elapsed() / count as u32
}

fn memories(program: &Path) -> Result<(), Box<dyn Error>> {
    let [tasks, threads, _] = COUNTS;
    let big = each(program, Parked::Threads(256 << 20), threads)?;
    println!("{:<33}{:>13}{:>22}", "memory for each while it waits", "resident", "reserved");
    for (count, name, memory) in [
        (tasks, "tasks", each(program, Parked::Tasks(0), tasks)?),
        (tasks, "tasks that hold 1 KiB", each(program, Parked::Tasks(1024), tasks)?),
        (threads, "threads", each(program, Parked::Threads(0), threads)?),
        (threads, "threads, stack 256 MiB", big),
        (1, "process", measure(program, Parked::Nothing, 1)?),
    ] {
        let told = |it: fn(Memory) -> u64| memory.map_or("not known".into(), |all| amount(it(all)));
        let (resident, reserved) = (told(|all| all.resident), told(|all| all.reserved));
        println!("  {count:>7} {name:<23}{resident:>13}{reserved:>22}");
    }

    let machine = fs::read_to_string("/proc/meminfo").ok();
    if let Some((machine, big)) = machine.and_then(|text| bytes(&text, "MemTotal:")).zip(big) {
        println!(
            "\nhow many threads with a stack of 256 MiB does a memory of {} hold?",
            amount(machine)
        );
        println!("  divided by what one reserves: {}", machine / big.reserved);
        println!("  yet {threads} have just waited, in {}", amount(threads * big.resident));
    }
    Ok(())
}

fn amount(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    // Four digits at most, and no fractions.
    let unit = (0..3).find(|unit| bytes >> (10 * unit) < 10_000).unwrap_or(3);
    format!("{} {}", bytes >> (10 * unit), UNITS[unit])
}

#[cfg(test)]
mod tests;
