//! A `nats-server` of one's own for lessons and tests, on loopback only.
//!
//! ```
//! use own_nats::Server;
//!
//! # if own_nats::installed().is_none() { return; }
//! let server = Server::start().expect("it is installed");
//! println!("{} wants a token of {}", server.url(), server.token().len());
//! ```
//!
//! The server keeps its streams in files, in a temporary folder, so that they
//! outlive it when it is [killed](Server::kill) and
//! [started again](Server::start_again). It lets in only who knows its token.
//! Dropping the [`Server`] ends the process and removes the folder, also when a
//! panic unwinds. A process that is itself killed, or leaves by
//! [`process::exit`], drops nothing. So a shell waits beside each server, on
//! Unix, and does the same when the process that started both is gone. Ctrl-C
//! in a terminal reaches neither: whoever started them decides what it means.
//!
//! All of it blocks the calling thread: the start for some milliseconds, and
//! for ten seconds at most.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running `nats-server` with JetStream.
#[derive(Debug)]
pub struct Server {
    // Ends before its folder is removed: fields are dropped in this order.
    process: Process,
    folder: TempDir,
    program: PathBuf,
    token: String,
    port: u16,
    settings: String,
}

/// Why there is no server.
#[derive(Debug)]
pub enum Error {
    /// No `nats-server` was found. What it displays says how to get one.
    Missing,
    /// It did not start: what the system, or its log, says.
    Failed(String),
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Error::Missing => f.write_str(
                "nats-server is not installed: apt install nats-server \
                 (Debian), brew install nats-server (macOS), or \
                 https://nats.io/download",
            ),
            Error::Failed(why) => {
                write!(f, "nats-server does not start: {why}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error.to_string())
    }
}

/// How long a server may take until it can be asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// Below the ports that systems give to outgoing connections. A client that
/// tries again and again to reach a server that was killed would else, one day,
/// be given the server's own port, and keep it.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

impl Server {
    /// Starts a server on a free port, with an empty store.
    ///
    /// # Errors
    ///
    /// If there is no `nats-server`, or it is not ready after ten seconds.
    pub fn start() -> Result<Self, Error> {
        Server::start_with("")
    }

    /// Starts a server on a free port, with an empty store and more settings,
    /// in the language of `nats-server`'s configuration.
    ///
    /// # Errors
    ///
    /// If there is no `nats-server`, or it is not ready after ten seconds. What
    /// is wrong with a setting is a part of the error.
    pub fn start_with(settings: &str) -> Result<Self, Error> {
        let program = installed().ok_or(Error::Missing)?;
        let folder = tempfile::Builder::new().prefix("own-nats-").tempdir()?;
        let random = RandomState::new();
        // The state is two random words of the system, which cannot be found
        // out from these.
        let token =
            format!("{:016x}{:016x}", random.hash_one(1), random.hash_one(2));
        let mut failed = Error::Failed("no port is free".to_owned());
        for attempt in 0..20_u16 {
            let port = PORTS.start
                + (random.hash_one(("port", attempt))
                    % u64::from(PORTS.end - PORTS.start))
                    as u16;
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                continue;
            }
            match launch(&program, folder.path(), port, &token, settings) {
                Ok(process) => {
                    return Ok(Server {
                        process,
                        folder,
                        program,
                        token,
                        port,
                        settings: settings.to_owned(),
                    });
                }
                // Another program may have taken the port just now.
                Err(Error::Failed(why)) if why.contains("in use") => {
                    failed = Error::Failed(why);
                }
                Err(error) => return Err(error),
            }
        }
        Err(failed)
    }

    /// Starts a server; or says in a line what is missing, and ends the process
    /// with exit code 2.
    pub fn start_or_exit() -> Self {
        Server::start().unwrap_or_else(|error| {
            eprintln!("error: {error}");
            process::exit(2)
        })
    }

    /// Starts a server for a test; or says in a line that the test is left out,
    /// where no `nats-server` is installed.
    ///
    /// # Panics
    ///
    /// If it is installed and does not start.
    pub fn for_test() -> Option<Self> {
        installed_for_test()?;
        Some(Server::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Returns where it listens: `nats://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("nats://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Returns what a client must say to be let in.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Ends it with SIGKILL: it can finish nothing. What it had stored stays.
    pub fn kill(&mut self) {
        self.process.end();
    }

    /// Starts it again, on the same port and with what it had stored.
    ///
    /// # Errors
    ///
    /// If it is not ready after ten seconds, or its port was taken meanwhile.
    pub fn start_again(&mut self) -> Result<(), Error> {
        self.process.end();
        self.process = launch(
            &self.program,
            self.folder.path(),
            self.port,
            &self.token,
            &self.settings,
        )?;
        Ok(())
    }
}

/// Returns the `nats-server` of this machine: what the environment variable
/// `NATS_SERVER` names, or the first one in `PATH` or where Debian and others
/// keep servers.
pub fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("NATS_SERVER") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    found(&std::env::var_os("PATH").unwrap_or_default())
}

/// Returns the same for a test; or says in a line that the test is left out.
pub fn installed_for_test() -> Option<PathBuf> {
    let installed = installed();
    if installed.is_none() {
        eprintln!("left out: {}", Error::Missing);
    }
    installed
}

/// The first `nats-server` in a list of folders, or in those that are not in
/// everybody's `PATH`.
fn found(path: &OsStr) -> Option<PathBuf> {
    let name = format!("nats-server{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .chain(
            ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"]
                .map(PathBuf::from),
        )
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
}

/// A child that ends when it is dropped, or when this process is gone.
#[derive(Debug)]
struct Process {
    server: Child,
    guard: Option<Child>,
}

impl Process {
    fn start(mut server: Command, folder: &Path) -> io::Result<Self> {
        let server = in_a_group_of_its_own(&mut server).spawn()?;
        // From here on it ends, whatever fails.
        let mut process = Process { server, guard: None };
        if cfg!(unix) {
            let mut guard = Command::new("/bin/sh");
            guard
                .args(["-c", GUARD])
                .arg(process.server.id().to_string())
                .arg(folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            process.guard = Some(in_a_group_of_its_own(&mut guard).spawn()?);
        }
        Ok(process)
    }

    fn end(&mut self) {
        // The guard first: it must not kill a process that has been given the
        // server's number. Either may have ended by itself; then there is
        // nothing to kill.
        for child in self.guard.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for the end of its input, whose other end is ours: that comes when we
/// are gone, in whatever way. Then it ends the server and removes its folder.
const GUARD: &str = r#"read -r _; kill -9 "$0"; sleep 1; rm -rf "$1""#;

/// A terminal sends Ctrl-C to all of a group.
fn in_a_group_of_its_own(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// How many percent of what is in use may be garbage before the server's runtime
/// collects it. A message is garbage as soon as it is delivered, and little else
/// is in use, so with the usual 100 a fifth of the server's time goes into that.
const GARBAGE: &str = "400";

/// Starts a server and waits until it can be asked.
fn launch(
    program: &Path,
    folder: &Path,
    port: u16,
    token: &str,
    more: &str,
) -> Result<Process, Error> {
    // In a file that only we can read: everybody sees a command line.
    let settings = folder.join("settings.conf");
    let log = folder.join("log");
    fs::write(
        &settings,
        format!(
            "host: \"{}\"\nport: {port}\nauthorization {{ token: {token:?} }}\n\
             jetstream {{ store_dir: {:?}, max_mem: 64M, max_file: 1G }}\n\
             log_file: {log:?}\nports_file_dir: {folder:?}\n{more}\n",
            Ipv4Addr::LOCALHOST,
            folder.join("store"),
        ),
    )?;
    let errors = folder.join("errors");
    let mut server = Command::new(program);
    server
        .arg("--config")
        .arg(&settings)
        .env("GOGC", GARBAGE)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // Where it says what it does not take of its settings, before it has a
        // log.
        .stderr(fs::File::create(&errors)?);
    let mut process = Process::start(server, folder)?;
    // The server writes this file when it can be asked.
    let ready = format!("_{}.ports", process.server.id());
    let begun = Instant::now();
    loop {
        for entry in fs::read_dir(folder)? {
            if entry?.file_name().to_string_lossy().ends_with(&ready) {
                return Ok(process);
            }
        }
        if let Some(status) = process.server.try_wait()? {
            let said = [&errors, &log]
                .map(|file| fs::read_to_string(file).unwrap_or_default())
                .concat();
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let last = last.unwrap_or("it has said nothing");
            return Err(Error::Failed(format!("{status}: {last}")));
        }
        if begun.elapsed() > PATIENCE {
            return Err(Error::Failed(format!("not ready in {PATIENCE:?}")));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests;
