//! Two machines, made of network namespaces: a slow cable between them that
//! loses packets, and is cut and mended while they work.
//!
//! Nothing of it can be reached from outside: both ends of the cable are in
//! namespaces of their own. The documents are files, because only the queue is
//! behind the cable.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::stage::{
    PATIENCE, Process, Task, beyond, folder, made, without_counts,
};

/// The name of a namespace of this process.
fn name(machine: &str) -> String {
    format!("overlap-{machine}-{}", std::process::id())
}

/// Two namespaces and the cable between them. Dropped, they are gone.
struct Machines;

impl Machines {
    /// Makes them, or says why that cannot be done.
    fn new() -> Result<Machines, String> {
        let [one, other] = ["one", "other"].map(name);
        let made = Machines;
        ip(&format!("netns add {one}"))?;
        ip(&format!("netns add {other}"))?;
        ip(&format!(
            "-n {one} link add cable type veth peer end netns {other}"
        ))?;
        for (machine, link, address) in
            [(&one, "cable", "10.199.0.1"), (&other, "end", "10.199.0.2")]
        {
            ip(&format!("-n {machine} addr add {address}/24 dev {link}"))?;
            ip(&format!("-n {machine} link set {link} up"))?;
            ip(&format!("-n {machine} link set lo up"))?;
            let netem = format!(
                "netns exec {machine} tc qdisc add dev {link} root netem delay 10ms loss 1%"
            );
            // Not every kernel has it.
            if let Err(why) = ip(&netem) {
                eprintln!("without delay and loss: {}", why.trim());
            }
        }
        Ok(made)
    }

    /// A command that runs on one of them.
    fn on(machine: &str, command: &Command) -> Command {
        let mut inner = Command::new("ip");
        inner.args(["netns", "exec", &name(machine)]);
        inner.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            if let Some(value) = value {
                inner.env(key, value);
            }
        }
        if let Some(folder) = command.get_current_dir() {
            inner.current_dir(folder);
        }
        inner.stdin(Stdio::null());
        // What they say is for whoever reads the test's output.
        inner.stdout(Stdio::piped()).stderr(Stdio::inherit());
        inner
    }

    /// Cuts the cable, or mends it.
    fn cable(&self, state: &str) {
        let set = format!("-n {} link set cable {state}", name("one"));
        ip(&set).expect("it was allowed before");
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for machine in ["one", "other"] {
            let _ = ip(&format!("netns del {}", name(machine)));
        }
    }
}

fn ip(arguments: &str) -> Result<(), String> {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    let output = output.map_err(|error| format!("ip: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A server that the other machine can reach.
fn server(folder: &Path) -> Option<Process> {
    let settings = folder.join("settings.conf");
    let text = format!(
        "host: \"10.199.0.1\"\nport: 4222\nauthorization {{ token: \"t\" }}\n\
         jetstream {{ store_dir: {:?} }}\nlog_file: {:?}\n",
        folder.join("store"),
        folder.join("log"),
    );
    fs::write(&settings, text).expect("it can be written");
    let mut server = Command::new(own_nats::installed()?);
    server.arg("--config").arg(settings);
    let server = Process::start(Machines::on("one", &server));
    let end = Instant::now() + PATIENCE;
    let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
    while !log().contains("Server is ready") {
        assert!(Instant::now() < end, "the server hangs: {}", log());
        thread::sleep(Duration::from_millis(5));
    }
    Some(server)
}

/// Bytes of a file, or none if it is not there yet.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

#[test]
#[ignore = "makes network namespaces, which needs root"]
fn a_worker_that_is_cut_off_and_comes_back_loses_nothing() {
    let machines = match Machines::new() {
        Ok(machines) => machines,
        Err(why) => {
            eprintln!("left out, for it is not allowed here: {why}");
            return;
        }
    };
    let folder = folder();
    let mut sources = Vec::new();
    for nth in 0..300 {
        let path = folder.path().join(format!("{nth}.html"));
        fs::write(&path, format!("<title>{nth}</title><p>page {nth}"))
            .expect("it can be written");
        sources.push(path.to_string_lossy().into_owned());
    }
    let task = Task { sources, follow: None };
    let expected = without_counts(task.by_chapter_6());
    let address = "nats://t@10.199.0.1:4222";
    let Some(_server) = server(folder.path()) else {
        eprintln!("left out, for there is no nats-server");
        return;
    };
    let mut work = beyond("work", address);
    work.args(["--jobs", "4", "--threads", "1", "--files"]);
    work.arg(folder.path());
    let mut work = Machines::on("other", &work);
    work.stderr(Stdio::piped());
    let mut worker = Process::start(work);
    worker.wait_for("working for");
    let coordinator = task.coordinator(address, folder.path());
    let mut coordinator = Process::start(Machines::on("one", &coordinator));
    let journal = folder.path().join("state/journal");
    // Its beginning has the names of all documents.
    let names = task.sources.iter().map(|name| name.len() as u64 + 20);
    let beginning = names.sum::<u64>();
    for cut in 1..=3 {
        // Some documents more have come.
        let reached = size(&journal).max(beginning) + 4_000;
        let end = Instant::now() + PATIENCE;
        while size(&journal) < reached && !coordinator.has_ended() {
            assert!(Instant::now() < end, "nothing comes before cut {cut}");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!coordinator.has_ended(), "cut {cut} came too late");
        machines.cable("down");
        // Longer than the server waits for a sign of life.
        thread::sleep(Duration::from_secs(4));
        machines.cable("up");
    }
    let output = coordinator.output("the coordinator behind a cut cable");
    let made = without_counts(made(&output, folder.path()));
    made.assert_is(&expected, "a cable that was cut three times");
}
