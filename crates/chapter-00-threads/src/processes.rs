//! A child process keeps its memory and its crash to itself.
//!
//! To the parent, a child's end is a value.

// ANCHOR: program
use std::env;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{
    self, Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

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
        let mut process =
            program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().expect("it is piped");
        let mut answers =
            BufReader::new(process.stdout.take().expect("it is piped")).lines();
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

// ANCHOR: child
/// Set for a child, so that the same program knows which of the two it is.
const CHILD: &str = "OVERLAP_CHILD";

/// This chapter's `program`, to be started as a child.
pub fn child(program: &Path) -> Command {
    let mut child = Command::new(program);
    // It will panic on purpose: its message is of no use here.
    child.arg("processes").env(CHILD, "1").stderr(Stdio::null());
    child
}
// ANCHOR_END: child

// ANCHOR: serve
/// How many questions this process has answered.
pub static ANSWERED: AtomicU32 = AtomicU32::new(0);

/// Doubles a number. Panics if the question is none.
pub fn answer(question: &str) -> u32 {
    let number: u32 = question.parse().expect("the question is a number");
    ANSWERED.fetch_add(1, Ordering::Relaxed);
    number * 2
}

/// The child's side: answers line by line, until there are no more questions.
pub fn serve(
    questions: impl BufRead,
    mut answers: impl Write,
) -> io::Result<()> {
    writeln!(answers, "{READY}")?;
    for question in questions.lines() {
        match question?.as_str() {
            "abort" => process::abort(),
            "how many?" => {
                writeln!(answers, "{}", ANSWERED.load(Ordering::Relaxed))?
            }
            question => writeln!(answers, "{}", answer(question))?,
        }
    }
    Ok(())
}
// ANCHOR_END: serve

// ANCHOR: ask_each
/// Starts a child for each question, kills one of them, and asks all. Returns
/// what each answered, and how it ended.
pub fn ask_each(
    questions: &[&str],
    killed: usize,
    start: impl Fn() -> io::Result<Worker>,
) -> io::Result<Vec<(Option<String>, ExitStatus)>> {
    let mut children =
        questions.iter().map(|_| start()).collect::<io::Result<Vec<_>>>()?;
    children[killed].kill()?;
    let asked = children.into_iter().zip(questions);
    asked
        .map(|(mut child, question)| Ok((child.ask(question), child.end()?)))
        .collect()
}
// ANCHOR_END: ask_each

/// Lets children crash, then counts in threads and in a child.
pub fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(CHILD).is_some() {
        return Ok(serve(io::stdin().lock(), io::stdout().lock())?);
    }
    let program = env::current_exe()?;
    let start = || Worker::start(&mut child(&program));

    println!(
        "five children at once, each to double a number; the fourth is killed"
    );
    println!("  asked     answer   ended with");
    let questions = ["21", "twenty", "abort", "22", "23"];
    for (question, (answer, end)) in
        questions.iter().zip(ask_each(&questions, 3, start)?)
    {
        println!(
            "  {question:9} {:8} {end}",
            answer.as_deref().unwrap_or("none")
        );
    }

    println!(
        "\nwhat the static ANSWERED says, before and after three questions"
    );
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
    let theirs = ["how many?", "1", "2", "3", "how many?"]
        .map(|question| child.ask(question));
    let [first, .., last] = theirs.map(|answer| answer.unwrap_or_default());
    let still = ANSWERED.load(Ordering::Relaxed);
    println!("  a child      {after}, then {still}      {first}, then {last}");
    child.end()?;
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
