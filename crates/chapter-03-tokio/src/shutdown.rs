//! A good end: take nothing new, finish what was begun, and say what could not be finished.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::ctrl_c;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, info_span};

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
/// Carries out each order in a task of its own, until `stop`. Then it simply returns.
pub async fn careless(mut orders: mpsc::Receiver<Order>, bank: Arc<Bank>, stop: CancellationToken) {
    while let Some(Some(order)) = stop.run_until_cancelled(orders.recv()).await {
        let transfer = Arc::clone(&bank).transfer(order);
        tokio::spawn(transfer.instrument(info_span!("transfer", id = order.id)));
    }
}
// ANCHOR_END: careless

// ANCHOR: careful
/// Carries out each order in a task of its own, until `stop`. Then it takes no more, and waits for
/// those it has taken. At `cut` it drops what is not done by then.
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
        let transfer = transfer.instrument(info_span!("transfer", id = order.id));
        tasks.spawn(async move {
            if cut.run_until_cancelled(transfer).await.is_some() {
                open.lock().expect(WHOLE).remove(&order.id);
            }
        });
    };
    while let Some(Some(order)) = stop.run_until_cancelled(orders.recv()).await {
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

/// What came of the orders.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// How many were taken.
    pub taken: usize,
    /// Those of them that were not finished.
    pub unfinished: Vec<u64>,
}

const WHOLE: &str = "nobody panics with the lock";

// ANCHOR: signals
/// Asks for a good end at the first interrupt. At the second, or when `patience` is at its end,
/// asks for an end at any price, and returns why.
pub async fn on_interrupt(
    mut interrupt: impl AsyncFnMut() -> io::Result<()>,
    patience: Duration,
    stop: CancellationToken,
    cut: CancellationToken,
) -> io::Result<&'static str> {
    interrupt().await?;
    stop.cancel();
    let again = timeout(patience, interrupt()).await;
    cut.cancel();
    Ok(if again.is_ok() { "interrupted again" } else { "out of patience" })
}
// ANCHOR_END: signals

/// Sends an order every `every`, until nobody takes them. Returns how many were accepted.
async fn customer(
    orders: mpsc::Sender<Order>,
    every: Duration,
    wire: impl Fn(u64) -> Duration,
) -> usize {
    for id in 1.. {
        let order = Order { id, amount: 100, wire: wire(id) };
        if orders.send(order).await.is_err() {
            return id as usize - 1;
        }
        sleep(every).await;
    }
    unreachable!("there is always another order")
}

/// Interrupts a careless bank and a careful one; or, with the environment variable `WIRE`, runs
/// until Ctrl-C.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(wire) = env::var("WIRE") {
        return until_ctrl_c(Duration::from_millis(wire.parse()?));
    }
    let fast = |_| Duration::from_millis(30);
    let third_hangs = |id| Duration::from_millis(if id == 3 { 3_600_000 } else { 30 });

    interrupted("careless: interrupted after 45 ms", fast, async |orders, bank, stop, _| {
        careless(orders, bank, stop).await;
    })?;
    println!();
    let report = interrupted("careful: interrupted after 45 ms", fast, careful)?;
    println!("{} transfers taken, unfinished: {:?}", report.taken, report.unfinished);
    println!();
    let title = "careful, and transfer 3 hangs: interrupted after 45 ms, and again";
    let report = interrupted(title, third_hangs, careful)?;
    println!("{} transfers taken, unfinished: {:?}", report.taken, report.unfinished);
    Ok(())
}

/// Draws what `serve` does on a runtime of its own, which is dropped when `serve` returns.
fn interrupted<R>(
    title: &str,
    wire: fn(u64) -> Duration,
    serve: impl AsyncFnOnce(mpsc::Receiver<Order>, Arc<Bank>, CancellationToken, CancellationToken) -> R,
) -> Result<R, Box<dyn Error>> {
    let interrupt = async || {
        sleep(Duration::from_millis(45)).await;
        Ok(())
    };
    let timeline = lessons::timeline(title);
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let bank = Bank::new(2_000);
    let report = runtime.block_on(async {
        let (sender, orders) = mpsc::channel(4);
        let [stop, cut] = [CancellationToken::new(), CancellationToken::new()];
        let patience = Duration::from_secs(10);
        tokio::spawn(on_interrupt(interrupt, patience, stop.clone(), cut.clone()));
        tokio::spawn(customer(sender, Duration::from_millis(9), wire));
        serve(orders, Arc::clone(&bank), stop, cut).await
    });
    drop(runtime);
    timeline.draw();
    println!("on both accounts: 2000 before, {} after", bank.total());
    Ok(report)
}

/// Transfers until Ctrl-C. What cannot be finished is an error.
#[tokio::main(flavor = "current_thread")]
async fn until_ctrl_c(wire: Duration) -> Result<(), Box<dyn Error>> {
    let (sender, orders) = mpsc::channel(4);
    let [stop, cut] = [CancellationToken::new(), CancellationToken::new()];
    let patience = Duration::from_secs(60);
    let ending = tokio::spawn(on_interrupt(ctrl_c, patience, stop.clone(), cut.clone()));
    // Spawned later, so polled later: when it speaks, somebody listens for Ctrl-C.
    tokio::spawn(tell(stop.clone()));
    tokio::spawn(customer(sender, Duration::from_millis(9), move |_| wire));
    let report = careful(orders, Bank::new(1_000_000), stop, cut).await;
    println!("{} transfers taken, {} unfinished", report.taken, report.unfinished.len());
    if report.unfinished.is_empty() {
        return Ok(());
    }
    Err(format!("transfers were cut off: {}", ending.await??).into())
}

async fn tell(stop: CancellationToken) {
    println!("transfers are under way; Ctrl-C ends them");
    stop.cancelled().await;
    println!("no more are taken; Ctrl-C again cuts off what is not done");
}

#[cfg(test)]
mod tests;
