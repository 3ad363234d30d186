//! Take nothing new, finish what was begun, report.

// ANCHOR: program
use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, info_span};

use stage::{interrupted, until_ctrl_c};

// ANCHOR: bank
/// Two accounts at two banks. The wire is the slow line between them.
#[derive(Debug)]
pub struct Bank {
    ours: AtomicU64,
    theirs: AtomicU64,
}

/// An amount to transfer, and how long the wire takes for it.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Which transfer.
    pub id: u64,
    /// How much.
    pub amount: u64,
    /// How long between taking it from one account and putting it on the other.
    pub wire: Duration,
}

impl Bank {
    /// Returns a bank with everything on our account.
    pub fn new(ours: u64) -> Arc<Self> {
        Arc::new(Bank { ours: ours.into(), theirs: 0.into() })
    }

    /// Carries out a transfer. Dropped at its await, it has taken and not
    /// given.
    pub async fn carry_out(self: Arc<Self>, transfer: Transfer) {
        self.ours.fetch_sub(transfer.amount, Relaxed);
        sleep(transfer.wire).await;
        self.theirs.fetch_add(transfer.amount, Relaxed);
    }

    /// Returns what is on both accounts together.
    pub fn total(&self) -> u64 {
        self.ours.load(Relaxed) + self.theirs.load(Relaxed)
    }
}
// ANCHOR_END: bank

// ANCHOR: careless
/// Carries out each transfer in a task of its own, until `stop`. Then it just
/// returns.
pub async fn careless(
    mut transfers: mpsc::Receiver<Transfer>,
    bank: Arc<Bank>,
    stop: CancellationToken,
) {
    while let Some(Some(transfer)) =
        stop.run_until_cancelled(transfers.recv()).await
    {
        let span = info_span!("transfer", id = transfer.id);
        tokio::spawn(Arc::clone(&bank).carry_out(transfer).instrument(span));
    }
}
// ANCHOR_END: careless

// ANCHOR: careful
/// Carries out each transfer in a task of its own, until `stop`. Then it takes
/// no more, and waits for those it has taken. At `cut` it drops what is not
/// done by then.
pub async fn careful(
    mut transfers: mpsc::Receiver<Transfer>,
    bank: Arc<Bank>,
    stop: CancellationToken,
    cut: CancellationToken,
) -> Report {
    let tasks = TaskTracker::new();
    let open = Arc::new(Mutex::new(BTreeSet::new()));
    let mut taken = 0;
    let mut begin = |transfer: Transfer| {
        taken += 1;
        open.lock().expect(WHOLE).insert(transfer.id);
        let (cut, open) = (cut.clone(), Arc::clone(&open));
        let span = info_span!("transfer", id = transfer.id);
        let work = Arc::clone(&bank).carry_out(transfer).instrument(span);
        tasks.spawn(async move {
            if cut.run_until_cancelled(work).await.is_some() {
                open.lock().expect(WHOLE).remove(&transfer.id);
            }
        });
    };
    while let Some(Some(transfer)) =
        stop.run_until_cancelled(transfers.recv()).await
    {
        begin(transfer);
    }
    // From here on `send` fails. What is in the channel by now was accepted.
    transfers.close();
    while let Some(transfer) = transfers.recv().await {
        begin(transfer);
    }
    tasks.close();
    tasks.wait().instrument(info_span!("wait for the rest")).await;
    let unfinished = open.lock().expect(WHOLE).iter().copied().collect();
    Report { taken, unfinished }
}
// ANCHOR_END: careful

/// The outcome of the transfers.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// How many were taken.
    pub taken: usize,
    /// Those of them that were not finished.
    pub unfinished: Vec<u64>,
}

const WHOLE: &str = "nobody panics with the lock";

// ANCHOR: signals
/// Asks for a good end at the first interrupt. At the second, or when
/// `patience` is at its end, asks for an immediate end, also with losses, and
/// returns why.
pub async fn on_interrupt(
    mut interrupt: impl AsyncFnMut() -> io::Result<()>,
    patience: Duration,
    stop: CancellationToken,
    cut: CancellationToken,
) -> io::Result<&'static str> {
    interrupt().await?;
    stop.cancel();
    let why = tokio::select! {
        biased;
        // If listening fails, this branch is off, and patience alone decides.
        Ok(()) = interrupt() => "interrupted again",
        () = sleep(patience) => "out of patience",
    };
    cut.cancel();
    Ok(why)
}
// ANCHOR_END: signals

/// Interrupts a careless bank and a careful one; or, with the environment
/// variable `WIRE`, runs until Ctrl-C.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(wire) = env::var("WIRE") {
        return until_ctrl_c(Duration::from_millis(wire.parse()?));
    }
    let fast = |_| Duration::from_millis(30);
    let third_hangs =
        |id| Duration::from_millis(if id == 3 { 3_600_000 } else { 30 });

    interrupted(
        "careless: interrupted after 45 ms",
        fast,
        async |transfers, bank, stop, _| {
            careless(transfers, bank, stop).await;
        },
    )?;
    println!();
    let report =
        interrupted("careful: interrupted after 45 ms", fast, careful)?;
    println!(
        "{} transfers taken, unfinished: {:?}",
        report.taken, report.unfinished
    );
    println!();
    let title =
        "careful, and transfer 3 hangs: interrupted after 45 ms, and again";
    let report = interrupted(title, third_hangs, careful)?;
    println!(
        "{} transfers taken, unfinished: {:?}",
        report.taken, report.unfinished
    );
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
