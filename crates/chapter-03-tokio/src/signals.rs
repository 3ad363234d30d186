//! A restart sends SIGTERM, not Ctrl-C.

// ANCHOR: program
use std::env;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::process::{self, Child, Command, Stdio};
use std::time::Duration;

use tokio::time::sleep;

/// A signal that this program listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGINT: Ctrl-C in the terminal.
    Interrupt,
    /// SIGTERM: a service manager, a container, `kill` without an option.
    Terminate,
    /// SIGHUP: the terminal was closed; for a service, by custom, "read your
    /// settings again".
    HangUp,
}

// ANCHOR: listen
/// Listens for what others ask of this program.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Begins to listen. From here on, none of these signals ends the process
    /// by itself.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
            _ = self.hang_up.recv() => Asked::HangUp,
        }
    }
}
// ANCHOR_END: listen

/// Where there are no such signals, Ctrl-C is all.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Does nothing: `next` listens.
    pub fn listen() -> io::Result<Self> {
        Ok(Signals)
    }

    /// Waits for Ctrl-C.
    pub async fn next(&mut self) -> Asked {
        tokio::signal::ctrl_c().await.expect("Ctrl-C can be listened for");
        Asked::Interrupt
    }
}

// ANCHOR: serve
/// Serves until it is asked to end; then clears up, unless it is asked a second
/// time. The error is the second signal.
pub async fn serve(
    mut signals: Signals,
    clearing_up: Duration,
) -> Result<(), Asked> {
    println!("open");
    let first = ending(&mut signals).await;
    println!("{first}: no new guests, clearing up");
    tokio::select! {
        () = sleep(clearing_up) => Ok(()),
        second = ending(&mut signals) => Err(second),
    }
}

/// Waits for a signal that asks for the end. Meanwhile reads the menu again
/// where asked to.
async fn ending(signals: &mut Signals) -> Asked {
    loop {
        match signals.next().await {
            Asked::HangUp => {
                println!("{}: the menu is read again", Asked::HangUp)
            }
            asked => return asked,
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: only_ctrl_c
/// Knows of Ctrl-C and nothing else.
pub async fn only_ctrl_c(clearing_up: Duration) -> io::Result<()> {
    println!("open");
    tokio::signal::ctrl_c().await?;
    println!("no new guests, clearing up");
    sleep(clearing_up).await;
    Ok(())
}
// ANCHOR_END: only_ctrl_c

/// Starts this program as a child in several ways, and sends it signals.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(role) = env::var("KITCHEN") {
        process::exit(child(&role)?);
    }
    if cfg!(not(unix)) {
        println!("there is no SIGTERM on this system");
        return Ok(());
    }
    show("only-ctrl-c", &["TERM"])?;
    show("quick", &["TERM"])?;
    show("quick", &["HUP", "INT"])?;
    show("slow", &["TERM", "TERM"])
}

// ANCHOR: child
/// The program of the child. Returns its exit code.
#[tokio::main(flavor = "current_thread")]
async fn child(role: &str) -> io::Result<i32> {
    let (quick, slow) = (Duration::from_millis(20), Duration::from_hours(1));
    match role {
        "only-ctrl-c" => only_ctrl_c(quick).await?,
        role => {
            // Before anything else: a signal that comes earlier ends the
            // process as ever.
            let signals = Signals::listen()?;
            if let Err(second) =
                serve(signals, if role == "slow" { slow } else { quick }).await
            {
                println!("{second}: not everything is cleared up");
                return Ok(second.exit_code());
            }
        }
    }
    println!("all is cleared up");
    Ok(0)
}
// ANCHOR_END: child

/// Starts a child, sends it a signal after each of its first lines, and tells
/// how it ended.
fn show(role: &str, signals: &[&str]) -> Result<(), Box<dyn Error>> {
    println!("{role}, and then {signals:?}");
    let mut command = Command::new(env::current_exe()?);
    // The argument is for this course, where one program has many lessons.
    let mut child = command
        .arg("signals")
        .env("KITCHEN", role)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut signals = signals.iter();
    let printed =
        BufReader::new(child.stdout.take().expect("it is piped")).lines();
    for line in printed.map_while(Result::ok).skip_while(|line| line != "open")
    {
        println!("  {line}");
        if let Some(name) = signals.next() {
            send(name, &child)?;
        }
    }
    println!("  ended with {}\n", child.wait()?);
    Ok(())
}

fn send(name: &str, child: &Child) -> io::Result<()> {
    let kill = format!("kill -{name} {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().map(drop)
}

impl Asked {
    /// The exit code by which a shell knows that a signal ended a program: 128
    /// and its number.
    pub fn exit_code(self) -> i32 {
        128 + match self {
            Asked::HangUp => 1,
            Asked::Interrupt => 2,
            Asked::Terminate => 15,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::HangUp => "SIGHUP",
            Asked::Interrupt => "SIGINT",
            Asked::Terminate => "SIGTERM",
        })
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
