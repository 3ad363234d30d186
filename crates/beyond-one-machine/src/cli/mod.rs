//! The commands `index` and `work`.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use chapter_06_pipeline::cli::{self, IndexArguments, say};
use chapter_06_pipeline::program::run::{Threads, runtime};
use clap::{Args, Parser};
use own_nats::Server;
use tokio_util::sync::CancellationToken;

use crate::program::connection::{Address, Connection};
use crate::program::coordinator;
use crate::program::local::{CA, ENVIRONMENT, Workers};
use crate::program::worker::{self, Settings};

/// The first lines of `beyond --help`.
pub const ABOUT: &str =
    "Beyond one machine: the same index from many workers, on NATS JetStream

Besides its lessons the appendix has two commands:
  beyond index [SOURCE]...   what `chapter-06 index` does, with workers
  beyond work                a worker, on this machine or another one
Each says more with --help.";

/// The commands beside the lessons.
pub const COMMANDS: &[&str] = &["index", "work"];

type Failed = Box<dyn Error>;

#[derive(Parser)]
#[command(name = "beyond", version)]
enum Command {
    /// Have workers fetch and digest documents, and build a full-text index of
    /// them
    #[command(after_help = AFTER_INDEX)]
    Index(Box<Index>),
    /// Fetch and digest documents for those who index
    #[command(after_help = AFTER_WORK)]
    Work(Work),
}

const AFTER_INDEX: &str = "\
Without --nats, and without BEYOND_NATS, it starts a nats-server of its own on this machine, and
workers. The index and the report are those of `chapter-06 index`. `chapter-06 search` and `serve`
read the index.

Others on a machine see its command lines. So write the URL with a token or a password in it into
the environment: BEYOND_NATS=nats://TOKEN@HOST:4222. What goes over a network that is not yours
belongs into tls://TOKEN@HOST:4222. If the server's certificate is of a CA of your own, name that with
--ca FILE, or BEYOND_CA=FILE.

Examples:
  beyond index                                  the Rust documentation, with workers of its own
  beyond index --nats nats://10.0.0.7 --follow 2 https://example.org/
  beyond index --state half-done https://example.org/
                                                goes on where an earlier run with it ended

Exit codes: as those of `chapter-06 index`; 2 also if there is no server.";

const AFTER_WORK: &str = "\
It works for every `beyond index` that uses the same server, until Ctrl-C or SIGTERM. Then it gives
back what it has not done. It asks for whatever URL it is told to: let nobody have the server's token
who may not.

Examples:
  BEYOND_NATS=nats://TOKEN@10.0.0.7 beyond work
  beyond work --nats nats://127.0.0.1 --files docs/    also for files below docs/

Exit codes: 0 it was asked to end, 2 wrong usage, or the server is not there.";

#[derive(Args)]
struct Index {
    #[command(flatten)]
    arguments: IndexArguments,
    /// The NATS server, as nats://HOST:PORT or tls://HOST:PORT [default: what
    /// the environment's BEYOND_NATS names, or one of its own]
    #[arg(long, value_name = "URL", help_heading = "Workers")]
    nats: Option<String>,
    /// The certificate of the CA that the server's is of, as PEM: no other is
    /// taken, and the connection is encrypted [default: what the environment's
    /// BEYOND_CA names; with tls://HOST else those that the system trusts]
    #[arg(long, value_name = "FILE", help_heading = "Workers")]
    ca: Option<PathBuf>,
    /// Workers to start on this machine, for this run [default: with a server
    /// of its own one for each core, up to 4; else none]
    #[arg(long, value_name = "N", help_heading = "Workers",
          value_parser = clap::value_parser!(u16).range(0..=64))]
    workers: Option<u16>,
}

#[derive(Args)]
struct Work {
    /// The NATS server, as nats://HOST:PORT or tls://HOST:PORT [default: what
    /// the environment's BEYOND_NATS names]
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// The certificate of the CA that the server's is of, as PEM: no other is
    /// taken, and the connection is encrypted [default: what the environment's
    /// BEYOND_CA names; with tls://HOST else those that the system trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Also take jobs for the files in this folder
    #[arg(long, value_name = "DIR")]
    files: Vec<PathBuf>,
    /// Jobs to have in hand at once; with --files so many of each kind
    #[arg(long, value_name = "N", default_value_t = 16,
          value_parser = clap::value_parser!(u16).range(1..=1_000))]
    jobs: u16,
    /// Threads that digest [default: by the number of cores]
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
    /// End when the standard input does, as it does when the process ends that
    /// has started this one
    #[arg(long, hide = true)]
    with_its_parent: bool,
    /// Digest each document so often, to measure what dear work is like
    #[arg(long, hide = true, default_value_t = 1)]
    dearer: u32,
}

/// Runs `index` or `work`.
pub fn run() -> ExitCode {
    let done = match Command::parse() {
        Command::Index(command) => index(&command),
        Command::Work(command) => work(command),
    };
    done.unwrap_or_else(|error| {
        say(format_args!("error: {error}"));
        ExitCode::from(2)
    })
}

/// The server that the command line or the environment names.
fn address(
    named: Option<&str>,
    ca: Option<&Path>,
) -> Result<Option<Address>, Failed> {
    let environment = || std::env::var(ENVIRONMENT).ok();
    let named = named.map(str::to_owned).or_else(environment);
    let Some(named) = named else {
        return match ca {
            None => Ok(None),
            Some(_) => Err("--ca is of a server, and none is named: add --nats URL, or BEYOND_NATS=URL in the environment".into()),
        };
    };
    let environment = || std::env::var_os(CA).map(PathBuf::from);
    let ca = ca.map(Path::to_owned).or_else(environment);
    if let Some(ca) = &ca
        && let Err(error) = fs::File::open(ca)
    {
        return Err(format!(
            "the CA's certificate {} cannot be read: {error}",
            ca.display()
        )
        .into());
    }
    Ok(Some(named.parse::<Address>()?.with_ca(ca)))
}

fn index(command: &Index) -> Result<ExitCode, Failed> {
    let named = address(command.nats.as_deref(), command.ca.as_deref())?;
    let mut own = None;
    let address = match named {
        Some(address) => address,
        None => {
            let server = own.insert(Server::start()?);
            Address::with_token(&server.url(), server.token())?
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let by_itself = if own.is_some() { cores.min(4) } else { 0 };
    let count = command.workers.map_or(by_itself, usize::from);
    let threads = (cores / count.max(1)).max(1);
    let state = command.arguments.state();
    cli::index(&command.arguments, async |plan, sources, stop, progress| {
        // It ends with the run: afterwards Ctrl-C ends this process at once,
        // and then nothing is dropped.
        let _own = own;
        let number = state.map_or_else(|| Ok(fastrand::u64(..)), run_number)?;
        let connection = Connection::open(&address, "overlap coordinator");
        let connection = connection.await.map_err(io::Error::other)?;
        let workers = Workers::start(count, threads, &address, &sources)?;
        let run =
            coordinator::run(connection, number, plan, sources, stop, progress);
        tokio::select! {
            result = run => result,
            error = workers.keep() => Err(error),
        }
    })
}

/// The number of a run, which is kept beside its journal: so the jobs of a
/// process that was killed are known to be of this run.
fn run_number(state: &Path) -> io::Result<u64> {
    let path = state.join("run");
    let read = fs::read_to_string(&path).unwrap_or_default();
    if let Ok(number) = u64::from_str_radix(read.trim(), 16) {
        return Ok(number);
    }
    let number = fastrand::u64(..);
    fs::write(&path, format!("{number:016x}\n"))?;
    Ok(number)
}

fn work(command: Work) -> Result<ExitCode, Failed> {
    let address = address(command.nats.as_deref(), command.ca.as_deref())?;
    let address = address.ok_or(
        "name the NATS server to work for: --nats URL, or BEYOND_NATS=URL in the environment",
    )?;
    let threads = command.threads.map(usize::from);
    let settings = Settings {
        jobs: usize::from(command.jobs),
        threads: threads.unwrap_or(Threads::available().rayon),
        files: command.files,
        dearer: command.dearer,
    };
    let stop = CancellationToken::new();
    let runtime = runtime()?;
    runtime.block_on(async {
        end_with(&stop, command.with_its_parent)?;
        let connection = Connection::open(&address, "overlap worker").await?;
        if !command.with_its_parent {
            say(format_args!("working for {address}; Ctrl-C ends it"));
        }
        let work = worker::work(connection, settings, stop);
        let done = Box::pin(work).await?;
        if !command.with_its_parent {
            let worker::Done { jobs, messages, bytes, given_back } = done;
            say(format_args!(
                "{jobs} jobs done; their results were {messages} messages of {bytes} bytes; {given_back} given back"
            ));
        }
        Ok::<(), Failed>(())
    })?;
    // A request or a digest that nobody wants anymore is not waited for.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Stops when the process is asked to end; one that was started by another
/// process, when that ends: Ctrl-C is for the other one.
fn end_with(stop: &CancellationToken, parent: bool) -> io::Result<()> {
    let stop = stop.clone();
    if parent {
        let ended = stop.clone();
        // Reading blocks, and nothing else ends it.
        thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            ended.cancel();
        });
    }
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            // One that is heard and not waited for does nothing.
            tokio::select! {
                _ = interrupt.recv(), if !parent => {}
                _ = terminate.recv() => {}
            }
            stop.cancel();
        });
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        if !parent {
            stop.cancel();
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Command as clap::CommandFactory>::command().debug_assert();
    }
}
