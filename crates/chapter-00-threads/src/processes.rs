//! A child process has memory of its own: what it changes stays there, and so does its crash.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{self, Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Set for a child, so that the same program knows which of the two it is.
const CHILD: &str = "OVERLAP_CHILD";
/// The child's first line.
const READY: &str = "ready";

// ANCHOR: worker
/// A child process, with a pipe to ask it and a pipe for its answers.
#[derive(Debug)]
pub struct Worker {
    process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts `program` and waits until it is ready.
    pub fn start(program: &mut Command) -> io::Result<Worker> {
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().expect("it is piped");
        let mut answers = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        // Whatever else it prints first goes through the pipe, too.
        while answers.next().ok_or(io::ErrorKind::UnexpectedEof)?? != READY {}
        Ok(Worker { process, questions, answers })
    }

    /// Asks, and waits for the answer. `None` says that the child is gone.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        writeln!(self.questions, "{question}").ok()?;
        self.answers.next()?.ok()
    }

    /// Ends the child from outside, whatever it is doing.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Says that there are no more questions. Returns how the child ended.
    pub fn end(mut self) -> io::Result<ExitStatus> {
        drop(self.questions);
        self.process.wait()
    }
}
// ANCHOR_END: worker

// ANCHOR: serve
/// How many questions this process has answered.
pub static ANSWERED: AtomicU32 = AtomicU32::new(0);

/// Doubles a number. Panics if the question is none.
pub fn answer(question: &str) -> u32 {
    let number: u32 = question.parse().expect("the question is a number");
    ANSWERED.fetch_add(1, Ordering::Relaxed);
    number * 2
}

/// What a child does: answers line by line, until there are no more questions.
pub fn serve(questions: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    writeln!(answers, "{READY}")?;
    for question in questions.lines() {
        match question?.as_str() {
            "abort" => process::abort(),
            "how many?" => writeln!(answers, "{}", ANSWERED.load(Ordering::Relaxed))?,
            question => writeln!(answers, "{}", answer(question))?,
        }
    }
    Ok(())
}

/// This chapter's `program`, to be started as a child.
pub fn child(program: &Path) -> Command {
    let mut child = Command::new(program);
    // It will panic on purpose: its message is of no use here.
    child.arg("processes").env(CHILD, "1").stderr(Stdio::null());
    child
}
// ANCHOR_END: serve

// ANCHOR: ask_each
/// Starts a child for each question, kills one of them, and asks all. Returns what each answered,
/// and how it ended.
pub fn ask_each(
    questions: &[&str],
    killed: usize,
    start: impl Fn() -> io::Result<Worker>,
) -> io::Result<Vec<(Option<String>, ExitStatus)>> {
    let mut children = questions.iter().map(|_| start()).collect::<io::Result<Vec<_>>>()?;
    children[killed].kill()?;
    let asked = children.into_iter().zip(questions);
    asked.map(|(mut child, question)| Ok((child.ask(question), child.end()?))).collect()
}
// ANCHOR_END: ask_each

/// Runs all of `jobs` in turn, `rounds` times. Returns the median duration of each.
pub fn medians<const N: usize>(rounds: usize, mut jobs: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut took = [(); N].map(|()| Vec::new());
    for _ in 0..rounds {
        for (job, took) in jobs.iter_mut().zip(&mut took) {
            let start = Instant::now();
            job();
            took.push(start.elapsed());
        }
    }
    took.map(median)
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// What a process takes, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Memory that is really there and belongs to no other process as well.
    pub own: f64,
    /// Addresses that are set aside. Most have no memory behind them until they are used.
    pub reserved: f64,
}

impl Memory {
    /// Asks the system about a process: its number, or `self`. `None` where the system is not
    /// Linux, or does not tell.
    pub fn of(process: &str) -> Option<Memory> {
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let own = kib(&rollup, "Private_Clean:")? + kib(&rollup, "Private_Dirty:")?;
        Some(Memory { own, reserved: kib(&status, "VmSize:")? })
    }

    /// What one more thread takes, as the average of `threads` that wait. `None` as above.
    pub fn of_a_thread(threads: u32) -> Option<Memory> {
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
            // The first also bring what is shared: glibc's allocator, up to eight parts per core.
            let first = 8 * thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
            let (before, after) = (more(first.max(100))?, more(threads)?);
            let each = |before, after| (after - before) / f64::from(threads);
            let own = each(before.own, after.own);
            Some(Memory { own, reserved: each(before.reserved, after.reserved) })
        })
    }
}

/// The number after `field`, which the system writes as `Field:   1234 kB`.
fn kib(text: &str, field: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

/// Lets children crash, counts in threads and in a child, and measures what both cost.
pub fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(CHILD).is_some() {
        return Ok(serve(io::stdin().lock(), io::stdout().lock())?);
    }
    let program = env::current_exe()?;
    let start = || Worker::start(&mut child(&program));

    println!("five children at once, each to double a number; the fourth is killed");
    println!("  asked     answer   ended with");
    let questions = ["21", "twenty", "abort", "22", "23"];
    for (question, (answer, end)) in questions.iter().zip(ask_each(&questions, 3, start)?) {
        println!("  {question:9} {:8} {end}", answer.as_deref().unwrap_or("none"));
    }

    println!("\nwhat the static ANSWERED says, before and after three questions");
    println!("  asked in     the parent's   the child's");
    let before = ANSWERED.load(Ordering::Relaxed);
    thread::scope(|scope| {
        for question in ["1", "2", "3"] {
            scope.spawn(|| answer(question));
        }
    });
    let after = ANSWERED.load(Ordering::Relaxed);
    println!("  threads      {before}, then {after}");
    let mut child = start()?;
    let theirs = ["how many?", "1", "2", "3", "how many?"].map(|question| child.ask(question));
    let [first, .., last] = theirs.map(|answer| answer.unwrap_or_default());
    let still = ANSWERED.load(Ordering::Relaxed);
    println!("  a child      {after}, then {still}      {first}, then {last}");

    println!("\nwhat one costs         start and end   memory of its own   reserved");
    let mut thread = || thread::spawn(|| ()).join().expect("it does nothing");
    let mut process =
        || assert!(start().and_then(Worker::end).expect("it started before").success());
    let [thread, process] = medians(50, [&mut thread, &mut process]);
    let kib = |kib: Option<f64>| kib.map_or("not known".into(), |kib| format!("{kib:.0} KiB"));
    for (name, took, memory) in [
        ("a thread", thread, Memory::of_a_thread(400)),
        ("a child process", process, Memory::of(&child.process.id().to_string())),
    ] {
        let (own, reserved) = (kib(memory.map(|m| m.own)), kib(memory.map(|m| m.reserved)));
        println!("  {name:18} {:>12} µs {own:>19} {reserved:>10}", took.as_micros());
    }
    child.end()?;
    Ok(())
}

#[cfg(test)]
mod tests;
