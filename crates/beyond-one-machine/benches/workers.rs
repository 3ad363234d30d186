//! What the queue costs, what another worker brings, how long a kill is felt,
//! and a model of more workers than this machine has cores.
//!
//! Times are processor time: user and system time of every process but the
//! site's, from `/proc`, so this works on Linux only. The arms run in turn, and
//! the median counts.
//!
//! `cargo bench -p beyond-one-machine -- overhead` measures what the queue costs
//! and nothing else, `-- recovery` how long a kill is felt.

use std::env;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chapter_06_pipeline::program::digest::digest_body;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use chapter_06_pipeline::program::source::Source;
use origin::{Origin, Site};
use own_nats::Server;
use tokio_util::sync::CancellationToken;

/// Documents in flight, and jobs that a worker has in hand.
const IN_FLIGHT: &str = "64";
const LATENCY: Duration = Duration::from_millis(20);
const PAGES: usize = 1_500;
const DEAR_PAGES: usize = 500;
const ROUNDS: usize = 3;
const DEARER: usize = 10;
/// Linux counts processor time in these, and says so to programs.
const TICKS: f64 = 100.0;

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, child, list, threads, dearer] = &arguments[..]
        && child == "--chapter-6"
    {
        return chapter_6(list, threads.parse()?, dearer == "10");
    }
    if own_nats::installed().is_none() {
        println!("{}", own_nats::Error::Missing);
        return Ok(());
    }
    let origin =
        Origin::serve(Site::best().preload()?).latency(LATENCY).start()?;
    let folder = tempfile::tempdir()?;
    let stage = Stage { origin, folder };
    println!("{}", stage.origin.site().describe());
    // Cargo adds an option of its own.
    let only = arguments.iter().skip(1).find(|it| !it.starts_with("--"));
    match only.map(String::as_str) {
        Some("overhead") => return stage.overhead().map(|_| ()),
        Some("recovery") => return stage.recovery(),
        Some(other) => return Err(format!("there is no part {other}").into()),
        None => {}
    }
    let usual = stage.overhead()?;
    let dear = stage.dear()?;
    stage.recovery()?;
    println!("\na model: each worker has a core of its own\n");
    model("digests as they are", &usual);
    model("digests ten times as dear", &dear);
    Ok(())
}

/// Chapter 6 alone, in a process of its own.
fn chapter_6(list: &str, threads: usize, dear: bool) -> Result<(), Failed> {
    let sources = fs::read_to_string(list)?;
    let sources = sources.lines().map(|url| Ok(Source::Url(url.parse()?)));
    let sources = sources.collect::<Result<Vec<_>, Failed>>()?;
    let in_flight = IN_FLIGHT.parse()?;
    let mut plan = Plan {
        concurrency: Concurrency::Fixed(in_flight),
        per_host: in_flight,
        threads,
        ..Plan::default()
    };
    if dear {
        plan.digest = |body, extract| {
            for _ in 1..DEARER {
                let _ = std::hint::black_box(digest_body(body, extract));
            }
            digest_body(body, extract)
        };
    }
    let (stop, progress) =
        (CancellationToken::new(), Arc::new(Progress::default()));
    let (_, report) =
        runtime()?.block_on(run(plan, sources, stop, progress))?;
    assert_eq!(report.failed, 0, "{:?}", report.failures);
    Ok(())
}

/// The site, and a folder for lists and indexes.
struct Stage {
    origin: Origin,
    folder: tempfile::TempDir,
}

/// One run: processor seconds by whom, and how long it took.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    documents: f64,
    coordinator: f64,
    workers: f64,
    server: f64,
    seconds: f64,
}

impl Cost {
    fn cpu(self) -> f64 {
        self.coordinator + self.workers + self.server
    }

    /// Milliseconds a document.
    fn each(self, seconds: f64) -> f64 {
        seconds * 1e3 / self.documents
    }

    fn row(self, name: &str, base: f64) {
        let Cost { coordinator, workers, server, documents, .. } = self;
        println!(
            "{name:26} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>+8.1} % {:>8.0}",
            self.each(coordinator),
            self.each(workers),
            self.each(server),
            self.each(self.cpu()),
            (self.cpu() / base - 1.0) * 100.0,
            documents / self.seconds,
        );
    }
}

/// What a run is like.
#[derive(Clone, Copy)]
struct Arm {
    name: &'static str,
    /// None: chapter 6 alone.
    workers: usize,
    threads: usize,
    dearer: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Nobody,
    Worker,
    Coordinator,
    Server,
}

impl Stage {
    fn list(&self, pages: usize) -> Result<(String, usize), Failed> {
        let path = self.folder.path().join(format!("list-{pages}"));
        let urls: Vec<String> =
            self.origin.urls().into_iter().take(pages).collect();
        fs::write(&path, urls.join("\n"))?;
        Ok((path.to_string_lossy().into_owned(), urls.len()))
    }

    fn measure(&self, arm: Arm, pages: usize) -> Result<Cost, Failed> {
        let (list, documents) = self.list(pages)?;
        let documents = documents as f64;
        let begun = Instant::now();
        if arm.workers == 0 {
            let before = of_children()?;
            let mut alone = Command::new(env::current_exe()?);
            alone.args(["--chapter-6", &list, &arm.threads.to_string()]);
            alone.arg(arm.dearer.to_string());
            if !alone.status()?.success() {
                return Err("chapter 6 alone failed".into());
            }
            let coordinator = of_children()? - before;
            let seconds = begun.elapsed().as_secs_f64();
            return Ok(Cost {
                documents,
                coordinator,
                seconds,
                ..Cost::default()
            });
        }
        let mut run = Run::begin(arm)?;
        let begun = Instant::now();
        let before = of_children()?;
        let coordinator = run.coordinator(&list, None).spawn()?;
        ended(coordinator)?;
        let seconds = begun.elapsed().as_secs_f64();
        let coordinator = of_children()? - before;
        let (workers, server) = run.costs()?;
        Ok(Cost { documents, coordinator, workers, server, seconds })
    }

    /// The medians of some arms, each measured in turn.
    fn in_turn<const N: usize>(
        &self,
        arms: [Arm; N],
        pages: usize,
        rounds: usize,
    ) -> Result<[Cost; N], Failed> {
        let mut all: [Vec<Cost>; N] = std::array::from_fn(|_| Vec::new());
        for _ in 0..rounds {
            for (arm, costs) in arms.iter().zip(&mut all) {
                costs.push(self.measure(*arm, pages)?);
            }
        }
        Ok(all.map(|costs| {
            let of = |part: fn(&Cost) -> f64| {
                let mut parts: Vec<f64> = costs.iter().map(part).collect();
                parts.sort_by(f64::total_cmp);
                parts[parts.len() / 2]
            };
            Cost {
                documents: of(|it| it.documents),
                coordinator: of(|it| it.coordinator),
                workers: of(|it| it.workers),
                server: of(|it| it.server),
                seconds: of(|it| it.seconds),
            }
        }))
    }

    /// What the queue costs a document.
    fn overhead(&self) -> Result<Cost, Failed> {
        let alone =
            Arm { name: "chapter 6 alone", workers: 0, threads: 2, dearer: 1 };
        let over =
            |name, workers, threads| Arm { name, workers, threads, dearer: 1 };
        let arms = [
            alone,
            Arm { name: "the same once more", ..alone },
            over("1 worker of 2 threads", 1, 2),
            over("2 workers of 1 thread", 2, 1),
        ];
        let costs = self.in_turn(arms, PAGES, ROUNDS)?;
        println!(
            "\nprocessor time, ms a document, at {} ms latency\n",
            LATENCY.as_millis()
        );
        head();
        for (arm, cost) in arms.iter().zip(costs) {
            cost.row(arm.name, costs[0].cpu());
        }
        self.messages()?;
        Ok(costs[2])
    }

    /// Messages and bytes a document, as the clients count them.
    fn messages(&self) -> Result<(), Failed> {
        let (list, documents) = self.list(PAGES)?;
        let arm = Arm { name: "", workers: 1, threads: 2, dearer: 1 };
        let run = Run::begin(arm)?;
        let mut coordinator = run.coordinator(&list, None);
        coordinator.env("RUST_LOG", "beyond_one_machine=info");
        let said = coordinator.stderr(Stdio::piped()).output()?.stderr;
        let said = String::from_utf8_lossy(&said);
        let number = |name: &str| {
            let at = said.find(&format!("{name}="))? + name.len() + 1;
            let digits = said[at..].split(|c: char| !c.is_ascii_digit());
            digits.into_iter().next()?.parse::<f64>().ok()
        };
        println!("\nthe coordinator's traffic, for each document\n");
        for (name, what) in [
            ("sent", "messages sent"),
            ("sent_bytes", "bytes sent"),
            ("received", "messages received"),
            ("received_bytes", "bytes received"),
        ] {
            let number = number(name).ok_or("it says what it counted")?;
            println!("{what:20} {:>10.2}", number / documents as f64);
        }
        Ok(())
    }

    /// Documents a second when digesting is dear.
    fn dear(&self) -> Result<Cost, Failed> {
        let arm = |name, workers, threads| Arm {
            name,
            workers,
            threads,
            dearer: DEARER,
        };
        let arms = [
            arm("chapter 6, 1 thread", 0, 1),
            arm("chapter 6, 2 threads", 0, 2),
            arm("1 worker of 1 thread", 1, 1),
            arm("2 workers of 1 thread", 2, 1),
        ];
        let costs = self.in_turn(arms, DEAR_PAGES, ROUNDS.div_ceil(2))?;
        println!("\nthe same where a digest is {DEARER} times as dear\n");
        head();
        for (arm, cost) in arms.iter().zip(costs) {
            cost.row(arm.name, costs[1].cpu());
        }
        let [.., one, two] = costs;
        println!(
            "\nthe model below, for these two: {:.0} and {:.0} documents/s on two cores",
            predicted(&one, 1.0, 2.0),
            predicted(&one, 2.0, 2.0),
        );
        println!(
            "measured:                       {:.0} and {:.0}",
            one.documents / one.seconds,
            two.documents / two.seconds
        );
        Ok(one)
    }

    /// How much longer a run takes in which somebody is killed.
    fn recovery(&self) -> Result<(), Failed> {
        let victims = [
            Victim::Nobody,
            Victim::Worker,
            Victim::Coordinator,
            Victim::Server,
        ];
        let mut all: Vec<Vec<f64>> = vec![Vec::new(); victims.len()];
        for _ in 0..ROUNDS {
            for (victim, seconds) in victims.iter().zip(&mut all) {
                seconds.push(self.with_kill(*victim)?);
            }
        }
        let medians = all.iter_mut().map(|seconds| {
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        });
        let medians: Vec<f64> = medians.collect();
        println!(
            "\na run in which one is killed halfway and started again at once\n"
        );
        for (victim, seconds) in victims.iter().zip(&medians) {
            let name = format!("{victim:?}").to_lowercase();
            println!(
                "{name:14} {seconds:>6.2} s {:>+7.2} s",
                seconds - medians[0]
            );
        }
        Ok(())
    }

    fn with_kill(&self, victim: Victim) -> Result<f64, Failed> {
        let (list, documents) = self.list(PAGES)?;
        let arm = Arm { name: "", workers: 2, threads: 1, dearer: 1 };
        let mut run = Run::begin(arm)?;
        let state = tempfile::tempdir()?;
        let begun = Instant::now();
        let before = self.origin.counts().requests;
        let mut coordinator =
            run.coordinator(&list, Some(state.path())).spawn()?;
        while self.origin.counts().requests < before + documents as u64 / 2 {
            std::thread::yield_now();
        }
        match victim {
            Victim::Nobody => {}
            Victim::Worker => {
                kill(&mut run.workers[0])?;
                run.workers[0] = run.worker()?;
            }
            Victim::Coordinator => {
                kill(&mut coordinator)?;
                coordinator =
                    run.coordinator(&list, Some(state.path())).spawn()?;
            }
            Victim::Server => {
                run.server.kill();
                run.server.start_again()?;
            }
        }
        ended(coordinator)?;
        Ok(begun.elapsed().as_secs_f64())
    }
}

fn head() {
    println!(
        "{:26} {:>7} {:>7} {:>7} {:>7} {:>10} {:>8}",
        "", "run", "workers", "server", "all", "more", "docs/s"
    );
}

/// A server and its workers. Dropped, they are gone.
struct Run {
    server: Server,
    address: String,
    arm: Arm,
    workers: Vec<Child>,
}

impl Run {
    fn begin(arm: Arm) -> Result<Run, Failed> {
        let server = Server::start()?;
        let host = server.url().replace("nats://", "");
        let address = format!("nats://{}@{host}", server.token());
        let mut run = Run { server, address, arm, workers: Vec::new() };
        for _ in 0..arm.workers {
            let worker = run.worker()?;
            run.workers.push(worker);
        }
        Ok(run)
    }

    fn worker(&self) -> Result<Child, Failed> {
        let mut child = self.beyond("work");
        child.args(["--jobs", IN_FLIGHT, "--threads"]);
        child.arg(self.arm.threads.to_string());
        child.args(["--dearer", &self.arm.dearer.to_string()]);
        let mut child = child.stderr(Stdio::piped()).spawn()?;
        // It says that it works when it has connected.
        let mut said = child.stderr.take().ok_or("it is piped")?;
        let mut byte = [0];
        while said.read(&mut byte)? == 1 && byte != *b"\n" {}
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut said, &mut std::io::sink());
        });
        Ok(child)
    }

    fn coordinator(&self, list: &str, state: Option<&Path>) -> Command {
        let mut command = self.beyond("index");
        command.args(["--files-from", list, "--format", "json"]);
        command.args(["--concurrency", IN_FLIGHT, "--per-host", IN_FLIGHT]);
        if let Some(state) = state {
            command.arg("--state").arg(state);
        }
        command
    }

    fn beyond(&self, command: &str) -> Command {
        let mut beyond = Command::new(env!("CARGO_BIN_EXE_beyond"));
        beyond.arg(command).env("BEYOND_NATS", &self.address);
        beyond.stdin(Stdio::null()).stdout(Stdio::null());
        beyond.stderr(Stdio::null());
        beyond
    }

    /// Processor seconds of the workers and of the server.
    fn costs(&mut self) -> Result<(f64, f64), Failed> {
        let workers = self.workers.iter().map(|it| of_process(it.id()));
        let workers = workers.sum::<Result<f64, Failed>>()?;
        let before = of_children()?;
        self.server.kill();
        Ok((workers, of_children()? - before))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = kill(worker);
        }
    }
}

fn kill(child: &mut Child) -> Result<(), Failed> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Waits for a coordinator, which must not fail.
fn ended(mut coordinator: Child) -> Result<(), Failed> {
    match coordinator.wait()?.success() {
        true => Ok(()),
        false => Err("a coordinator failed".into()),
    }
}

/// Two fields of a `stat` in `/proc`, in seconds.
fn seconds(path: &str, first: usize) -> Result<f64, Failed> {
    let stat = fs::read_to_string(path)?;
    // The name of the program may have spaces in it.
    let (_, fields) = stat.rsplit_once(')').ok_or("it has a name")?;
    let mut fields = fields.split_whitespace().skip(first - 3);
    let mut next = || -> Result<f64, Failed> {
        Ok(fields.next().ok_or("it has this field")?.parse::<f64>()?)
    };
    Ok((next()? + next()?) / TICKS)
}

/// Processor time of a process that runs.
fn of_process(id: u32) -> Result<f64, Failed> {
    seconds(&format!("/proc/{id}/stat"), 14)
}

/// Processor time of all children that have ended.
fn of_children() -> Result<f64, Failed> {
    seconds("/proc/self/stat", 16)
}

/// Documents a second of so many workers of one thread that share some cores
/// with all the rest; without a bound if each process has its own.
fn predicted(one: &Cost, workers: f64, cores: f64) -> f64 {
    let by_workers = workers * one.documents / one.workers;
    by_workers.min(cores * one.documents / one.cpu())
}

/// Where more workers bring nothing anymore.
fn model(name: &str, cost: &Cost) {
    let of = |seconds: f64| cost.documents / seconds;
    // The coordinator digests nothing, but reads digests on all its threads;
    // the server's streams are written by a thread each.
    let coordinator = of(cost.coordinator) * 2.0;
    let server = of(cost.server) * 2.0;
    println!("{name}");
    for workers in [1.0, 2.0, 10.0, 100.0] {
        let by_workers = of(cost.workers) * workers;
        let (most, who) = [
            (by_workers, "the workers"),
            (coordinator, "the coordinator"),
            (server, "the server"),
        ]
        .into_iter()
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .unwrap_or((by_workers, "the workers"));
        let in_flight =
            most * (LATENCY.as_secs_f64() + cost.workers / cost.documents);
        println!(
            "  {workers:>4} workers {most:>8.0} documents/s, bounded by {who}; {in_flight:.0} requests in flight"
        );
    }
}
