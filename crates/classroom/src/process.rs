//! A program that is ended at its limit, with everything it has started.
//!
//! By hand, although crates start process groups (`process-wrap`): none of them
//! finds a process that has left its group, which an answer to an exercise may
//! do.

use std::collections::{BTreeSet, VecDeque};
#[cfg(target_os = "linux")]
use std::fs::File;
use std::io::{self, Read};
use std::process::{self, Child, Command, ExitStatus, Stdio};
#[cfg(target_os = "linux")]
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of output that are kept: the first half of them from its beginning,
/// the second from its end. A compiler's first error stands there, and the
/// result of a test program here.
pub(crate) const KEPT: usize = 1 << 20;

/// How long to wait for what is dead already: the last of its output, and its
/// end.
const GRACE: Duration = Duration::from_secs(5);

/// The environment variable with a run's number. A process with the same number
/// was started by that run, even if it is in a process group of its own.
const RUN_VARIABLE: &str = "CLASSROOM_RUN";

/// The children that are known.
static CHILDREN: Mutex<Children> = Mutex::new(Children::new());

/// The children of this process that [`kill_orphans`] leaves alone.
struct Children {
    /// The programs that run now, by process group.
    running: BTreeSet<u32>,
    /// Those of [`run_own`].
    own: BTreeSet<u32>,
    /// Those that were there before anything was run, by number and beginning:
    /// whoever became this program may have had some.
    before: BTreeSet<(u32, u64)>,
}

impl Children {
    const fn new() -> Self {
        Children {
            running: BTreeSet::new(),
            own: BTreeSet::new(),
            before: BTreeSet::new(),
        }
    }
}

static STOPPED: AtomicBool = AtomicBool::new(false);
static RUNS: AtomicU64 = AtomicU64::new(0);

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exit(ExitStatus),
    /// At its limit, by us.
    Killed,
}

/// Runs a program and returns how it ended, and what it wrote to its two
/// outputs. When this returns, the program and all that it started are gone.
///
/// Off Linux, what it started in another process group goes on; off Unix, what
/// it started and left.
///
/// # Errors
/// If it cannot be started, or [`stop`] was called.
pub fn run(
    command: &mut Command,
    limit: Duration,
) -> io::Result<(Ended, String, String)> {
    run_watched(command, limit, || {})
}

/// As [`run`], and calls `waits` each time that the program has taken hardly
/// any of a core's time for half a second. On Linux only: elsewhere every
/// program may compute.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_watched(
    command: &mut Command,
    limit: Duration,
    waits: impl Fn(),
) -> io::Result<(Ended, String, String)> {
    let run =
        format!("{}-{}", process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    command
        .env(RUN_VARIABLE, &run)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    adopt();
    let (mut child, group) = start(command)?;
    // Not reaped yet, so its entry is there; if it has ended already, all
    // processes are looked at.
    let since = began(group.id).unwrap_or_default();
    let outputs = [
        Output::of(child.stdout.take().expect("it is piped")),
        Output::of(child.stderr.take().expect("it is piped")),
    ];
    let (sender, status) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    let ended = watched(&status, limit, group.id, waits);
    // Also after an end by itself: what it has started may go on, and hold its
    // outputs open.
    kill(group.id);
    kill_run(&run, since);
    kill_orphans();
    let ended = match ended {
        Ok(status) => Ended::Exit(status?),
        Err(_) => {
            // Gone is what was waited for; otherwise it would be there for a
            // moment longer.
            let _ = status.recv_timeout(GRACE);
            Ended::Killed
        }
    };
    drop(group);
    stopped()?;
    let [stdout, stderr] = outputs.map(Output::text);
    Ok((ended, stdout, stderr))
}

/// What is received within the limit. Meanwhile, `waits` is called after each
/// half second in which a process has waited.
fn watched<T>(
    status: &mpsc::Receiver<T>,
    limit: Duration,
    id: u32,
    waits: impl Fn(),
) -> Result<T, mpsc::RecvTimeoutError> {
    let end = Instant::now() + limit;
    let mut before = Duration::ZERO;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match status.recv_timeout(left.min(WATCHED)) {
            Err(mpsc::RecvTimeoutError::Timeout) if left > WATCHED => {}
            received => return received,
        }
        if let Some(now) = computed(id) {
            if now.saturating_sub(before) < WATCHED / 8 {
                waits();
            }
            before = now;
        }
    }
}

/// How often to look whether a program waits.
const WATCHED: Duration = Duration::from_millis(500);

/// Runs a program whose second output goes where ours does, for as long as it
/// takes. Returns how it ended and what it wrote to its first.
///
/// # Errors
/// As [`run`].
pub fn run_in_sight(command: &mut Command) -> io::Result<(ExitStatus, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let (mut child, group) = start(command)?;
    let mut output = Vec::new();
    let read =
        child.stdout.take().expect("it is piped").read_to_end(&mut output);
    let status = child.wait()?;
    drop(group);
    stopped()?;
    read?;
    Ok((status, String::from_utf8_lossy(&output).into_owned()))
}

/// Runs a program of ours, such as git, to its end, in our own process group.
/// It is not limited, and nothing that it leaves behind is ended.
///
/// # Errors
/// If it cannot be started.
pub fn run_own(command: &mut Command) -> io::Result<process::Output> {
    let child = {
        // Locked from the start to the entry, so that nobody takes it for an
        // orphan.
        let mut children = children();
        let child = command.spawn()?;
        children.own.insert(child.id());
        child
    };
    let id = child.id();
    let output = child.wait_with_output();
    children().own.remove(&id);
    output
}

/// Ends all that runs, for Ctrl-C: each [`run`] returns an error, and none
/// starts anymore.
pub fn stop() {
    STOPPED.store(true, Ordering::SeqCst);
    for id in &children().running {
        kill(*id);
    }
}

/// Whether [`stop`] was called.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// The same as an error.
fn stopped() -> io::Result<()> {
    if is_stopped() {
        return Err(io::Error::new(
            io::ErrorKind::Interrupted,
            "it was stopped",
        ));
    }
    Ok(())
}

/// The children, even if a thread panicked meanwhile: numbers cannot be half
/// changed.
fn children() -> MutexGuard<'static, Children> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program's process group, known to [`stop`] while this lives.
struct Group {
    id: u32,
}

impl Drop for Group {
    fn drop(&mut self) {
        children().running.remove(&self.id);
    }
}

fn start(command: &mut Command) -> io::Result<(Child, Group)> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // Locked from the look to the entry: `stop` finds either nothing to start
    // or all to end.
    let mut children = children();
    stopped()?;
    let child = command.spawn()?;
    let id = child.id();
    children.running.insert(id);
    Ok((child, Group { id }))
}

/// A program's output, read on a thread of its own, so that a full pipe holds
/// nobody up.
struct Output {
    kept: Arc<Mutex<(Vec<u8>, VecDeque<u8>)>>,
    end: mpsc::Receiver<()>,
}

impl Output {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let (sender, end) = mpsc::channel();
        let kept = Arc::new(Mutex::new((Vec::new(), VecDeque::new())));
        let output = Output { kept: Arc::clone(&kept), end };
        thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(read @ 1..) = pipe.read(&mut bytes) {
                let mut kept =
                    kept.lock().unwrap_or_else(PoisonError::into_inner);
                let (first, last) = &mut *kept;
                let (into_first, rest) =
                    bytes[..read].split_at(read.min(KEPT / 2 - first.len()));
                first.extend_from_slice(into_first);
                last.extend(rest);
                let surplus = last.len().saturating_sub(KEPT / 2);
                last.drain(..surplus);
            }
            // Nobody waits for it anymore if this fails.
            let _ = sender.send(());
        });
        output
    }

    /// All of it; or, if somebody got away and holds the pipe open, what there
    /// is.
    fn text(self) -> String {
        let _ = self.end.recv_timeout(GRACE);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = &*kept;
        let all: Vec<u8> = first.iter().chain(last).copied().collect();
        String::from_utf8_lossy(&all).into_owned()
    }
}

#[cfg(unix)]
fn kill(id: u32) {
    use rustix::process::{Signal, kill_process_group};
    if let Some(group) = pid(id) {
        // An error says that nobody is left.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(unix)]
fn pid(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(not(unix))]
fn kill(id: u32) {
    let id = id.to_string();
    let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &id]).output();
}

/// Ends every process of a run. Looks again until there is none: one may have
/// started another meanwhile. A program that starts others faster than this
/// looks is left alone in the end.
///
/// A process that is just becoming another program shows no environment for a
/// moment, so none that began after `since` may be without one when this is
/// over. It is read at one go: the rest of it may be gone by a second.
#[cfg(target_os = "linux")]
fn kill_run(run: &str, since: u64) {
    use rustix::process::{Signal, kill_process};
    let variable = format!("{RUN_VARIABLE}={run}");
    let mut bytes = vec![0; KEPT];
    for _ in 0..200 {
        let mut over = true;
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten()
        {
            let id =
                entry.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(id) = id.filter(|id| *id != process::id()) else {
                continue;
            };
            let Some(began) = began(id).filter(|began| *began >= since) else {
                continue;
            };
            let environment = File::open(entry.path().join("environ"));
            let read = environment
                .and_then(|mut environment| environment.read(&mut bytes));
            // An error says that it is gone, or somebody else's.
            let Ok(read) = read else { continue };
            if bytes[..read]
                .split(|byte| *byte == 0)
                .any(|entry| entry == variable.as_bytes())
            {
                over = false;
                let _ = pid(id).map(|id| kill_process(id, Signal::KILL));
            } else if read == 0 && self::began(id) == Some(began) {
                over = false;
            }
        }
        if over {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Has the system give this process the children of its children when those
/// end: whatever they cleared from their environment, they are found.
#[cfg(target_os = "linux")]
fn adopt() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before =
            children_now().into_iter().filter_map(|id| Some((id, began(id)?)));
        children().before.extend(before);
        // An old system has no such thing; then what clears its environment
        // gets away.
        let _ = rustix::process::set_child_subreaper(Some(
            rustix::process::getpid(),
        ));
    });
}

/// Ends every child of this process that was started neither by it nor before
/// it, until there is none: what an answer has left behind.
#[cfg(target_os = "linux")]
fn kill_orphans() {
    use rustix::process::{Signal, WaitOptions, kill_process, waitpid};
    for _ in 0..200 {
        // Locked: nobody is being started who is not in the list yet.
        let known = children();
        let mut over = true;
        for id in children_now() {
            let was_before = || {
                began(id)
                    .is_some_and(|began| known.before.contains(&(id, began)))
            };
            if known.running.contains(&id)
                || known.own.contains(&id)
                || was_before()
            {
                continue;
            }
            over = false;
            let _ = pid(id).map(|id| kill_process(id, Signal::KILL));
            let _ = pid(id).map(|id| waitpid(Some(id), WaitOptions::NOHANG));
        }
        drop(known);
        if over {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The children that this process has now.
#[cfg(target_os = "linux")]
fn children_now() -> Vec<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent(*id) == Some(process::id())).collect()
}

/// A process's parent.
#[cfg(target_os = "linux")]
fn parent(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn adopt() {}

#[cfg(not(target_os = "linux"))]
fn kill_orphans() {}

/// When a process that is alive began, in the system's ticks. A thread of the
/// kernel's own is none: it has no environment, and would be taken for a
/// program that is just beginning.
#[cfg(target_os = "linux")]
fn began(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which may hold anything: the state first, the flags as
    // the 7th, the beginning as the 20th.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let flags: u32 = fields.nth(5)?.parse().ok()?;
    if flags & OF_THE_KERNEL != 0 {
        return None;
    }
    fields.nth(12)?.parse().ok()
}

/// The time that a process has had of any core.
#[cfg(target_os = "linux")]
fn computed(id: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which may hold anything, its own time comes as the 12th,
    // the system's next.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let a_second =
        u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(Duration::from_secs(ticks()? + ticks()?) / a_second)
}

/// `PF_KTHREAD`, in `include/linux/sched.h`.
#[cfg(target_os = "linux")]
const OF_THE_KERNEL: u32 = 0x0020_0000;

#[cfg(not(target_os = "linux"))]
fn computed(_: u32) -> Option<Duration> {
    None
}

#[cfg(not(target_os = "linux"))]
fn kill_run(_: &str, _: u64) {}

#[cfg(not(target_os = "linux"))]
fn began(_: u32) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn bash(script: &str, limit: Duration) -> (Ended, String, String) {
        run(Command::new("bash").args(["-c", script]), limit)
            .expect("bash can be run")
    }

    /// Whether a process is there and not just waiting to be reaped.
    fn alive(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    fn is_gone(pid: &str) {
        assert!(pid.parse::<u32>().is_ok(), "{pid:?} is no process");
        let start = Instant::now();
        while alive(pid) {
            assert!(start.elapsed() < LONG, "{pid} is still there");
            thread::yield_now();
        }
    }

    #[test]
    fn a_program_that_ends_is_heard_out() {
        let (ended, stdout, stderr) =
            bash("echo out; echo err >&2; exit 3", LONG);
        assert!(
            matches!(ended, Ended::Exit(status) if status.code() == Some(3))
        );
        assert_eq!((stdout.as_str(), stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernels_own_threads_are_not_waited_for() {
        let own =
            std::fs::read_to_string("/proc/self/stat").expect("it is there");
        let fields: Vec<&str> = own
            .rsplit_once(") ")
            .map(|(_, fields)| fields.split(' ').collect())
            .expect("fields");
        assert_eq!(
            began(process::id()),
            fields[19].parse().ok(),
            "this process is alive"
        );
        // In a container the kernel's threads are not to be seen.
        let second =
            std::fs::read_to_string("/proc/2/stat").unwrap_or_default();
        if second.contains("(kthreadd)") {
            assert_eq!(began(2), None);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_waits_is_told_from_who_computes() {
        let waits = |script: &str| {
            let waits = AtomicU64::new(0);
            let note = || {
                waits.fetch_add(1, Ordering::Relaxed);
            };
            let mut bash = Command::new("bash");
            run_watched(
                bash.args(["-c", script]),
                Duration::from_secs(4),
                note,
            )
            .expect("bash can be run");
            waits.into_inner()
        };
        assert!(waits("read -t 1000 < <(sleep 1000)") > 0, "it waits");
        // What computes is seen to: this loop ends.
        let before = computed(process::id()).expect("this process is alive");
        while computed(process::id()).expect("it still is") == before {
            std::hint::spin_loop();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nothing_that_it_started_outlives_it() {
        // The program hangs, its child hangs, and both hold the outputs.
        let (ended, stdout, _) =
            bash("sleep 1000 & echo $!; wait", Duration::from_secs(3));
        assert_eq!(ended, Ended::Killed);
        is_gone(stdout.trim());
        // The program ends by itself and leaves a child that holds the outputs.
        let (ended, stdout, _) = bash("sleep 1000 & echo $!", LONG);
        assert!(matches!(ended, Ended::Exit(status) if status.success()));
        is_gone(stdout.trim());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nobody_gets_away_into_a_group_of_his_own() {
        // A shell with job control gives each job a process group.
        let (ended, stdout, _) = bash("set -m; sleep 1000 & echo $!", LONG);
        assert!(matches!(ended, Ended::Exit(status) if status.success()));
        is_gone(stdout.trim());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nobody_gets_away_without_an_environment() {
        // In a session of its own, with nothing that says where it comes from,
        // and with a child.
        let script = "setsid env -i sh -c 'sleep 1000 & echo $! $$; wait' & while ! [ -s \"$0\" ]; do :; done";
        let file = tempfile::NamedTempFile::new().expect("there is room");
        let script = script.replace(
            "echo $! $$",
            &format!("echo $! $$ > {}", file.path().display()),
        );
        let (ended, ..) = run(
            Command::new("bash").args(["-c", &script]).arg(file.path()),
            LONG,
        )
        .expect("it runs");
        assert!(matches!(ended, Ended::Exit(status) if status.success()));
        let pids =
            std::fs::read_to_string(file.path()).expect("it was written");
        assert_eq!(pids.split_whitespace().count(), 2, "{pids}");
        pids.split_whitespace().for_each(is_gone);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_our_own_is_left_alone() {
        // It runs as long as its input is open; meanwhile others end, with what
        // they left.
        let (ours, input) = io::pipe().expect("there is a pipe");
        let mut cat = Command::new("cat");
        cat.stdin(ours).stdout(Stdio::piped());
        let waiting = thread::spawn(move || run_own(&mut cat));
        bash("true", LONG);
        bash("true", LONG);
        drop(input);
        let output =
            waiting.join().expect("it does not panic").expect("cat can be run");
        assert!(output.status.success(), "it was ended: {}", output.status);
    }

    #[test]
    fn much_output_fills_no_memory_and_its_two_ends_are_kept() {
        let (ended, stdout, _) =
            bash("echo first; head -c 3000000 /dev/zero; echo last", LONG);
        assert!(matches!(ended, Ended::Exit(status) if status.success()));
        assert_eq!(stdout.len(), KEPT);
        assert!(stdout.starts_with("first\n") && stdout.ends_with("last\n"));
    }
}
