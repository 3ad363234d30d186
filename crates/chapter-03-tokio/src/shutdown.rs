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
/// Two accounts, and the wire between them, which is slow.
#[derive(Debug)]
pub struct Bank {
    ours: AtomicU64,
    theirs: AtomicU64,
}

/// An order to transfer an amount, and how long the wire takes for it.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Which order.
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

    /// Carries out an order. Dropped at its await, it has taken and not given.
    pub async fn transfer(self: Arc<Self>, order: Order) {
        self.ours.fetch_sub(order.amount, Relaxed);
        sleep(order.wire).await;
        self.theirs.fetch_add(order.amount, Relaxed);
    }

    /// Returns what is on both accounts together.
    pub fn total(&self) -> u64 {
        self.ours.load(Relaxed) + self.theirs.load(Relaxed)
    }
}
// ANCHOR_END: bank

// ANCHOR: careless
/// Carries out each order in a task of its own, until `stop`. Then it simply
/// returns.
pub async fn careless(
    mut orders: mpsc::Receiver<Order>,
    bank: Arc<Bank>,
    stop: CancellationToken,
) {
    while let Some(Some(order)) = stop.run_until_cancelled(orders.recv()).await
    {
        let transfer = Arc::clone(&bank).transfer(order);
        tokio::spawn(
            transfer.instrument(info_span!("transfer", id = order.id)),
        );
    }
}
// ANCHOR_END: careless

// ANCHOR: careful
/// Carries out each order in a task of its own, until `stop`. Then it takes no
/// more, and waits for those it has taken. At `cut` it drops what is not done
/// by then.
pub async fn careful(
    mut orders: mpsc::Receiver<Order>,
    bank: Arc<Bank>,
    stop: CancellationToken,
    cut: CancellationToken,
) -> Report {
    let tasks = TaskTracker::new();
    let open = Arc::new(Mutex::new(BTreeSet::new()));
    let mut taken = 0;
    let mut begin = |order: Order| {
        taken += 1;
        open.lock().expect(WHOLE).insert(order.id);
        let (cut, open) = (cut.clone(), Arc::clone(&open));
        let transfer = Arc::clone(&bank).transfer(order);
        let transfer =
            transfer.instrument(info_span!("transfer", id = order.id));
        tasks.spawn(async move {
            if cut.run_until_cancelled(transfer).await.is_some() {
                open.lock().expect(WHOLE).remove(&order.id);
            }
        });
    };
    while let Some(Some(order)) = stop.run_until_cancelled(orders.recv()).await
    {
        begin(order);
    }
    // From here on `send` fails. What is in the channel by now was accepted.
    orders.close();
    while let Some(order) = orders.recv().await {
        begin(order);
    }
    tasks.close();
    tasks.wait().instrument(info_span!("wait for the rest")).await;
    let unfinished = open.lock().expect(WHOLE).iter().copied().collect();
    Report { taken, unfinished }
}
// ANCHOR_END: careful

/// The outcome of the orders.
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
/// `patience` is at its end, asks for an end at any price, and returns why.
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
        async |orders, bank, stop, _| {
            careless(orders, bank, stop).await;
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
