//! The runner: arms in turn, in processes of their own, checked against each
//! other.
//!
//! An [`Arm`] is a command, or a function, that prints one line of `key=value`
//! pairs:
//!
//! ```text
//! seconds=0.512 result=1772/40613/3881234
//! ```
//!
//! `seconds` is the time of the work by the arm's own clock, without the start
//! of its process. `result` is what it computed, and must be the same in all
//! arms of a [group](Arm::group). All other pairs are figures that a table may
//! show.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use lessons::measure::{Control, fastest};
use wait4::Wait4;

/// The factor between two equal arms up to which the others mean something.
pub const TOLERATED: f64 = 1.05;

/// One way to do the work.
pub struct Arm {
    name: String,
    group: &'static str,
    work: Work,
    once: bool,
}

/// What an arm runs.
pub enum Work {
    /// A command, with its arguments.
    Command(Vec<OsString>),
    /// A function of this program, which returns the line.
    Function(Box<dyn FnMut() -> io::Result<String>>),
    /// Nothing: a tool is missing, and this says how to get it.
    Missing(String),
}

impl Arm {
    /// An arm with a name.
    pub fn new(name: impl Into<String>, work: Work) -> Self {
        Arm { name: name.into(), group: "", work, once: false }
    }

    /// Puts the arm into a group: only its arms are compared with each other.
    /// The first arm of a group is the one that all others stand beside, and
    /// runs twice, as the control.
    pub fn group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// Runs the arm in the first round alone: one that takes very long.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

/// How often and how long to run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rounds: in each of them every arm runs once.
    pub rounds: usize,
    /// The longest that one run of an arm may take.
    pub each: Duration,
    /// When no further round begins. The first one always runs.
    pub until: Option<Instant>,
}

/// One run of an arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The time of the work, by the arm's own clock.
    pub time: Duration,
    /// Processor time of its process and of those that it waited for.
    pub processor: Option<Duration>,
    /// The most memory that its process had, in bytes.
    pub memory: Option<u64>,
    /// What it computed.
    pub result: String,
    /// Everything else that it printed.
    pub figures: BTreeMap<String, String>,
}

/// The outcome of one arm.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every run went well.
    Ran(Vec<Sample>),
    /// A tool is missing; how to get it.
    Skipped(String),
    /// It failed, or computed something else than the first arm of its group;
    /// the reason.
    Failed(String),
}

impl Outcome {
    /// The runs, if all went well.
    pub fn samples(&self) -> &[Sample] {
        match self {
            Outcome::Ran(samples) => samples,
            _ => &[],
        }
    }

    /// The least time of the runs.
    pub fn fastest(&self) -> Option<Duration> {
        let times: Vec<Duration> =
            self.samples().iter().map(|sample| sample.time).collect();
        (!times.is_empty()).then(|| fastest(&times))
    }

    /// The longest time of the runs.
    pub fn slowest(&self) -> Option<Duration> {
        self.samples().iter().map(|sample| sample.time).max()
    }
}

/// An arm after its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The arm's name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// The arms of a group after their runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What is common to its arms, or empty.
    pub name: String,
    /// The arms in order; the last one is the first one again, the control.
    pub rows: Vec<Row>,
}

impl Group {
    /// The two runs of the first arm, if it ran.
    pub fn control(&self) -> Option<Control> {
        let [first, .., again] = &self.rows[..] else { return None };
        Some(Control::new(first.outcome.fastest()?, again.outcome.fastest()?))
    }

    /// Why nothing can be said about times, if so.
    pub fn too_busy(&self) -> Option<String> {
        self.control()?.too_busy(TOLERATED)
    }

    /// The arms that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_)))
    }
}

/// Runs all arms in turn, round after round, each group with its control.
/// Returns the groups in the order of their first arms.
///
/// An arm that fails, or that computes something else, does not stop the
/// others: it is a row.
pub fn run(
    arms: Vec<Arm>,
    limits: Limits,
    mut on_run: impl FnMut(&str),
) -> Vec<Group> {
    let mut groups: Vec<(&'static str, Vec<Running>)> = Vec::new();
    for arm in arms {
        let running = Running {
            arm,
            again: Vec::new(),
            samples: Vec::new(),
            failure: None,
        };
        match groups.iter_mut().find(|(name, _)| *name == running.arm.group) {
            Some((_, group)) => group.push(running),
            None => groups.push((running.arm.group, vec![running])),
        }
    }
    let start = Instant::now();
    for round in 0..limits.rounds.max(1) {
        // A round takes about as long as those before it.
        let each = start.elapsed() / round.max(1) as u32;
        if round > 0
            && limits.until.is_some_and(|until| Instant::now() + each > until)
        {
            break;
        }
        for (_, group) in &mut groups {
            for running in group.iter_mut() {
                running.run(round, limits.each, &mut on_run, false);
            }
            // The control comes last, so that what stands between its two runs
            // meets the others too.
            group[0].run(round, limits.each, &mut on_run, true);
        }
    }
    groups.into_iter().map(|(name, group)| finished(name, group)).collect()
}

/// An arm while it is run.
struct Running {
    arm: Arm,
    again: Vec<Sample>,
    samples: Vec<Sample>,
    failure: Option<String>,
}

impl Running {
    fn run(
        &mut self,
        round: usize,
        each: Duration,
        on_run: &mut impl FnMut(&str),
        again: bool,
    ) {
        if self.failure.is_some() || (round > 0 && self.arm.once) {
            return;
        }
        if !matches!(self.arm.work, Work::Missing(_)) {
            on_run(&self.arm.name);
        }
        let sample = match &mut self.arm.work {
            Work::Command(command) => run_command(command, each),
            Work::Function(function) => function()
                .map_err(|error| error.to_string())
                .and_then(|line| read_line(&line)),
            Work::Missing(_) => return,
        };
        match sample {
            Ok(sample) if again => self.again.push(sample),
            Ok(sample) => self.samples.push(sample),
            Err(reason) => self.failure = Some(reason),
        }
    }
}

fn finished(name: &str, group: Vec<Running>) -> Group {
    // The reference is the first arm that ran, and its first run.
    let expected = group.iter().find_map(|running| {
        Some((
            running.arm.name.clone(),
            running.samples.first()?.result.clone(),
        ))
    });
    let outcome = |running: &Running, samples: &[Sample]| {
        if let Work::Missing(how) = &running.arm.work {
            return Outcome::Skipped(how.clone());
        }
        if let Some(reason) = &running.failure {
            return Outcome::Failed(reason.clone());
        }
        let (reference, expected) = expected.as_ref().expect("this arm ran");
        match samples.iter().find(|sample| sample.result != *expected) {
            Some(wrong) => Outcome::Failed(format!(
                "computed {:?}, but {reference} {expected:?}",
                wrong.result
            )),
            None => Outcome::Ran(samples.to_vec()),
        }
    };
    let row = |running: &Running| Row {
        name: running.arm.name.clone(),
        outcome: outcome(running, &running.samples),
    };
    let mut rows: Vec<Row> = group.iter().map(row).collect();
    rows.push(Row {
        name: format!("{}, again", group[0].arm.name),
        outcome: outcome(&group[0], &group[0].again),
    });
    Group { name: name.to_owned(), rows }
}

/// Runs a command to its end, or ends it at its limit.
fn run_command(
    command: &[OsString],
    limit: Duration,
) -> Result<Sample, String> {
    let (program, arguments) =
        command.split_first().expect("a command has a program");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            // Without its folder, which is another one on each machine.
            let name = Path::new(program).file_name().unwrap_or(program);
            format!("{} cannot be started: {error}", name.display())
        })?;
    let streams =
        (read_all(child.stdout.take()), read_all(child.stderr.take()));
    let (watchdog, killed) = watchdog(&child, limit);
    let usage = child
        .wait4()
        .map_err(|error| format!("it cannot be waited for: {error}"))?;
    drop(watchdog);
    if killed.join().unwrap_or(false) {
        return Err(format!("it was ended after {} s", limit.as_secs()));
    }
    let [out, err] =
        [streams.0, streams.1].map(|reader| reader.join().unwrap_or_default());
    if !usage.status.success() {
        let reason = err.lines().rev().find(|line| !line.trim().is_empty());
        return Err(format!(
            "{}: {}",
            usage.status,
            reason.unwrap_or("it says nothing")
        ));
    }
    let sample = read_line(&out)?;
    let processor = usage.rusage.utime + usage.rusage.stime;
    Ok(Sample {
        processor: Some(processor),
        memory: Some(usage.rusage.maxrss),
        ..sample
    })
}

/// Ends the child when `limit` is over, unless the sender is dropped before.
/// The thread returns whether it did.
fn watchdog(
    child: &Child,
    limit: Duration,
) -> (mpsc::Sender<()>, thread::JoinHandle<bool>) {
    let (alive, ended) = mpsc::channel::<()>();
    let id =
        i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let watch = move || {
        let late =
            ended.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        if let (true, Some(id)) = (late, id) {
            let _ = rustix::process::kill_process(
                id,
                rustix::process::Signal::KILL,
            );
        }
        late
    };
    (alive, thread::spawn(watch))
}

/// Reads a stream to its end on a thread of its own, so that no full pipe stops
/// the child.
fn read_all(
    stream: Option<impl Read + Send + 'static>,
) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Reads an arm's line: the last one that is not empty.
fn read_line(text: &str) -> Result<Sample, String> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    let line = line.ok_or("it printed nothing")?;
    let mut figures = BTreeMap::new();
    for pair in line.split_whitespace() {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("it printed no figures: {line:?}"))?;
        figures.insert(key.to_owned(), value.to_owned());
    }
    let result = figures
        .remove("result")
        .ok_or_else(|| format!("no result in {line:?}"))?;
    let seconds = figures.remove("seconds").unwrap_or_else(|| "0".to_owned());
    let time = seconds
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = time.ok_or_else(|| format!("{seconds:?} is no time"))?;
    Ok(Sample { time, processor: None, memory: None, result, figures })
}

#[cfg(test)]
mod tests;
