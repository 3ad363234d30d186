//! The comparisons: what each is about, and its arms. The first arm of each
//! group is ours, or the one that the others are to be seen beside.

use std::any::Any;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::arms::{Arm, Work};
use crate::show::Column;
use crate::tools::{
    arguments, command, cpp, go, node, ours, python, target, tool,
};

/// The same work, done in several ways.
pub struct Comparison {
    /// Its name on the command line.
    pub name: &'static str,
    /// What the chart is called.
    pub title: &'static str,
    /// How many rounds it has, if nobody says.
    pub rounds: usize,
    /// About how many seconds these rounds take, on two cores.
    pub seconds: u64,
    /// What its table shows.
    pub columns: &'static [Column],
    prepare: fn() -> Result<Prepared, Box<dyn Error>>,
}

/// The arms of a comparison, and what they need while they run.
pub struct Prepared {
    /// The arms.
    pub arms: Vec<Arm>,
    _server: Box<dyn Any>,
}

impl Comparison {
    /// Compiles what has to be compiled, and starts a server if there is one.
    ///
    /// # Errors
    /// If nothing can be written below `target`, or no server can be started.
    pub fn prepare(&self) -> Result<Prepared, Box<dyn Error>> {
        fs::create_dir_all(target())?;
        (self.prepare)()
    }
}

const RUN: &[Column] =
    &[Column::Time, Column::Beside, Column::Processor, Column::Memory];

/// All comparisons, in the order of the book.
pub const ALL: &[Comparison] = &[
    Comparison {
        name: "eager",
        title: "who starts when",
        rounds: 3,
        seconds: 5,
        columns: &[Column::Events("events", "in this order")],
        prepare: eager,
    },
    Comparison {
        name: "cpu",
        title: "one compute job on all cores",
        rounds: 7,
        seconds: 90,
        columns: RUN,
        prepare: cpu,
    },
    Comparison {
        name: "tasks",
        title: "many that wait at the same time",
        rounds: 7,
        seconds: 30,
        columns: &[
            Column::Time,
            Column::Beside,
            Column::Seconds("start", "until all wait"),
            Column::Bytes("each", "memory each"),
        ],
        prepare: tasks,
    },
    Comparison {
        name: "pipeline",
        title: "fetch all pages and index them",
        rounds: 7,
        seconds: 130,
        columns: RUN,
        prepare: pipeline,
    },
    Comparison {
        name: "fetch",
        title: "fetch all pages and throw them away",
        rounds: 7,
        seconds: 45,
        columns: RUN,
        prepare: fetch,
    },
    Comparison {
        name: "search",
        title: "index all pages, then answer 1,000 queries",
        rounds: 5,
        seconds: 60,
        columns: &[
            Column::Time,
            Column::Beside,
            Column::Seconds("index", "index"),
            Column::Seconds("queries", "queries"),
            Column::Memory,
        ],
        prepare: search,
    },
];

/// Requests, and documents, in flight at once.
const AT_ONCE: &str = "64";

fn without_server(arms: Vec<Arm>) -> Prepared {
    Prepared { arms, _server: Box::new(()) }
}

fn eager() -> Result<Prepared, Box<dyn Error>> {
    let kind = |kind| arguments([kind]);
    Ok(without_server(vec![
        Arm::new("Rust: async fn", ours("eager", &kind("future"))),
        Arm::new(
            "Rust: tokio::spawn, one thread",
            ours("eager", &kind("task")),
        ),
        Arm::new("Python: coroutine", python("eager", &[], &kind("coroutine"))),
        Arm::new("Python: create_task", python("eager", &[], &kind("task"))),
        Arm::new("Go: go statement", go("eager", &[])),
        Arm::new("C++: async, launch::async", cpp("eager", &kind("async"))),
        Arm::new("C++: async, deferred", cpp("eager", &kind("deferred"))),
        Arm::new("C++: coroutine, suspend_always", cpp("eager", &kind("lazy"))),
        Arm::new("C++: coroutine, suspend_never", cpp("eager", &kind("eager"))),
        Arm::new(
            "JavaScript: async function",
            node("eager", &kind("function")),
        ),
        Arm::new("JavaScript: new Promise", node("eager", &kind("promise"))),
    ]))
}

fn cpu() -> Result<Prepared, Box<dyn Error>> {
    const COLLATZ: &str = "the steps of 400,000 numbers to 1";
    const HASHES: &str = "64 passwords, PBKDF2 of 20,000 rounds";
    let steps = |way: &str| arguments(["collatz", way, "1000", "400"]);
    let hashes = |way: &str| arguments(["pbkdf2", way, "64", "20000"]);
    let in_go = |job| {
        arguments(if job == "collatz" {
            [job, "1000", "400"]
        } else {
            [job, "64", "20000"]
        })
    };
    Ok(without_server(vec![
        Arm::new("Rust: Rayon", ours("cpu", &steps("rayon"))).group(COLLATZ),
        Arm::new("Rust: one thread", ours("cpu", &steps("one"))).group(COLLATZ),
        Arm::new("Rust: scoped threads", ours("cpu", &steps("threads")))
            .group(COLLATZ),
        Arm::new("Rust: Tokio, spawn_blocking", ours("cpu", &steps("tokio")))
            .group(COLLATZ),
        Arm::new("C++: std::async", cpp("cpu", &arguments(["1000", "400"])))
            .group(COLLATZ),
        Arm::new("Go: goroutines", go("cpu", &in_go("collatz"))).group(COLLATZ),
        Arm::new("Python: processes", python("cpu", &[], &steps("processes")))
            .group(COLLATZ),
        Arm::new("Python: threads", python("cpu", &[], &steps("threads")))
            .group(COLLATZ),
        Arm::new("Python: one thread", python("cpu", &[], &steps("one")))
            .group(COLLATZ)
            .once(),
        Arm::new("Rust: Rayon, ring", ours("cpu", &hashes("rayon")))
            .group(HASHES),
        Arm::new("Go: goroutines, crypto/pbkdf2", go("cpu", &in_go("pbkdf2")))
            .group(HASHES),
        Arm::new(
            "Python: threads, hashlib",
            python("cpu", &[], &hashes("threads")),
        )
        .group(HASHES),
        Arm::new(
            "Python: one thread, hashlib",
            python("cpu", &[], &hashes("one")),
        )
        .group(HASHES),
    ]))
}

fn tasks() -> Result<Prepared, Box<dyn Error>> {
    const MANY: &str = "100,000 at once";
    const FEWER: &str = "10,000 at once";
    let mut arms = Vec::new();
    for (group, count) in [(MANY, "100000"), (FEWER, "10000")] {
        arms.push(
            Arm::new(
                "Rust: Tokio tasks",
                ours("tasks", &arguments(["tokio", count])),
            )
            .group(group),
        );
        arms.push(
            Arm::new("Go: goroutines", go("tasks", &arguments([count])))
                .group(group),
        );
        arms.push(
            Arm::new(
                "Python: asyncio",
                python("tasks", &[], &arguments([count])),
            )
            .group(group),
        );
    }
    let threads = ours("tasks", &arguments(["threads", "10000"]));
    arms.push(Arm::new("Rust: threads", threads).group(FEWER));
    Ok(without_server(arms))
}

fn pipeline() -> Result<Prepared, Box<dyn Error>> {
    let (server, urls) = served()?;
    let line: Vec<OsString> = vec![urls.into(), AT_ONCE.into()];
    let way = |way: &str| [&arguments([way])[..], &line[..]].concat();
    let packages = ["aiohttp", "selectolax"];
    Ok(Prepared {
        arms: vec![
            Arm::new("Rust: the program", ours("pipeline", &way("ours"))),
            Arm::new(
                "Rust: fetch all, then Rayon",
                ours("pipeline", &way("stages")),
            ),
            Arm::new(
                "Rust: a DashMap, by word",
                ours("pipeline", &way("shared")),
            ),
            Arm::new("Go: one map, one mutex", go("pipeline", &line)),
            Arm::new(
                "Python: asyncio, processes",
                python("pipeline", &packages, &line),
            ),
            Arm::new(
                "Rust: one after another",
                ours("pipeline", &way("serial")),
            )
            .once(),
        ],
        _server: Box::new(server),
    })
}

fn fetch() -> Result<Prepared, Box<dyn Error>> {
    let (server, urls) = served()?;
    let line: Vec<OsString> = vec![urls.clone().into(), AT_ONCE.into()];
    let way = |way: &str| [vec![way.into()], line.clone()].concat();
    Ok(Prepared {
        arms: vec![
            Arm::new("Rust: the program", ours("fetch", &way("ours"))),
            Arm::new("Rust: reqwest", ours("fetch", &way("plain"))),
            Arm::new("curl --parallel", curl(&urls)?),
            Arm::new("Go: net/http", go("fetch", &line)),
            Arm::new("Python: aiohttp", python("fetch", &["aiohttp"], &line)),
        ],
        _server: Box::new(server),
    })
}

/// The same requests by curl, with a line at the end as all arms print it.
fn curl(urls: &Path) -> Result<Work, Box<dyn Error>> {
    let curl = match tool("curl", "apt install curl") {
        Ok(curl) => curl,
        Err(missing) => return Ok(missing),
    };
    let config = target().join("curl.txt");
    let entry =
        |url: &str| format!("url = \"{url}\"\noutput = \"/dev/null\"\n");
    fs::write(
        &config,
        fs::read_to_string(urls)?.lines().map(entry).collect::<String>(),
    )?;
    // The whole run is curl's own time: it has no clock over all transfers. The
    // start of a process is some milliseconds of it.
    let script = r#"
        start=$(date +%s%N)
        bytes=$("$1" --silent --show-error --fail --parallel --parallel-max "$2" --noproxy '*' \
            --max-time 20 --write-out '%{size_download}\n' --config "$3" |
            awk '{ sum += $1 } END { printf "%d", sum }')
        end=$(date +%s%N)
        awk -v t=$((end - start)) -v b="$bytes" 'BEGIN { printf "seconds=%.6f result=%s\n", t / 1e9, b }'
    "#;
    let line = arguments(["-c", script, "sh"]);
    Ok(command(
        "sh",
        &[&line[..], &[curl.into(), AT_ONCE.into(), config.into()]].concat(),
    ))
}

fn search() -> Result<Prepared, Box<dyn Error>> {
    let path = target().join("queries.txt");
    let written = Command::new(std::env::current_exe()?)
        .args(["arm", "queries"])
        .arg(&path)
        .output()?;
    if !written.status.success() {
        return Err(String::from_utf8_lossy(&written.stderr).trim().into());
    }
    let way = |way: &str| arguments([way.as_ref(), path.as_os_str()]);
    let tantivy = if cfg!(feature = "tantivy") {
        ours("search", &way("tantivy"))
    } else {
        Work::Missing("it was not built; get it with: just compare".to_owned())
    };
    Ok(without_server(vec![
        Arm::new("Rust: the program's index", ours("search", &way("ours"))),
        Arm::new("Rust: tantivy", tantivy),
        Arm::new("Rust: a scan, as ripgrep's", ours("search", &way("scan"))),
    ]))
}

/// A server with the default set, in a process of its own. It ends when this is
/// dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A server, and a file of all its URLs.
fn served() -> Result<(Server, PathBuf), Box<dyn Error>> {
    let path = target().join("urls.txt");
    let mut child = Command::new(std::env::current_exe()?)
        .args(["arm", "serve"])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take();
    let server = Server(child);
    let mut line = String::new();
    if let Some(output) = output {
        BufReader::new(output).read_line(&mut line)?;
    }
    if line.trim() != "serving" {
        return Err("the server did not start".into());
    }
    Ok((server, path))
}
