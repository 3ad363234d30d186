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
mod tests {
    use super::*;
    use crate::testing::{PATIENT, paused};
    use tokio::runtime::Handle;
    use tokio::time::Instant;
    use witness::within;

    const UNIT: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn order(id: u64, wire: Duration) -> Order {
        Order { id, amount: 100, wire }
    }

    fn tokens() -> [CancellationToken; 2] {
        [CancellationToken::new(), CancellationToken::new()]
    }

    async fn cancel_after(wait: Duration, token: CancellationToken) {
        sleep(wait).await;
        token.cancel();
    }

    #[test]
    fn the_careless_loses_what_is_on_the_wire() {
        let (bank, alive) = within(PATIENT, || {
            let mut paused = Builder::new_current_thread();
            let runtime = paused.enable_time().start_paused(true).build().expect("no thread");
            let bank = Bank::new(1_000);
            let alive = runtime.block_on(async {
                let (sender, orders) = mpsc::channel(1);
                let [stop, _] = tokens();
                tokio::spawn(cancel_after(UNIT * 5 / 2, stop.clone()));
                tokio::spawn(customer(sender, UNIT, |id| if id == 1 { UNIT } else { HOUR }));
                careless(orders, Arc::clone(&bank), stop).await;
                bank.total()
            });
            drop(runtime);
            (bank, alive)
        });
        // Orders came at 0, 1 and 2; the first was done at 1.
        assert_eq!(alive, 800);
        assert_eq!(bank.total(), 800, "dropping the runtime brought nothing back");
        assert_eq!(Arc::strong_count(&bank), 1, "nobody is left who could");
    }

    #[test]
    fn the_careful_finishes_all_it_has_accepted_and_no_task_is_left() {
        paused(async || {
            let (sender, orders) = mpsc::channel(4);
            let [stop, cut] = tokens();
            let bank = Bank::new(1_000);
            tokio::spawn(cancel_after(UNIT * 7 / 2, stop.clone()));
            let customer = tokio::spawn(customer(sender, UNIT, |id| 10 * UNIT * id as u32));
            let report = careful(orders, Arc::clone(&bank), stop, cut).await;
            assert_eq!(report, Report { taken: 4, unfinished: vec![] });
            assert_eq!(bank.total(), 1_000);
            assert_eq!(bank.theirs.load(Relaxed), 400);
            assert_eq!(customer.await.expect("it does not panic"), report.taken);
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        });
    }

    #[test]
    fn what_waits_in_the_channel_was_accepted() {
        paused(async || {
            let (sender, orders) = mpsc::channel(4);
            let [stop, cut] = tokens();
            for id in 1..=4 {
                sender.send(order(id, UNIT)).await.expect("there is room");
            }
            stop.cancel();
            let bank = Bank::new(1_000);
            let too_late = async {
                // It waits for room, and finds the channel closed.
                sender.send(order(5, UNIT)).await.map_err(|refused| refused.0.id)
            };
            let careful = careful(orders, Arc::clone(&bank), stop, cut);
            let (too_late, report) = tokio::join!(too_late, careful);
            assert_eq!(too_late, Err(5));
            assert_eq!(report, Report { taken: 4, unfinished: vec![] });
            assert_eq!(bank.theirs.load(Relaxed), 400);
        });
    }

    #[test]
    fn nobody_stops_it_it_ends_when_no_more_orders_can_come() {
        paused(async || {
            let (sender, orders) = mpsc::channel(4);
            let [stop, cut] = tokens();
            let send = async move {
                for id in 1..=9 {
                    sender.send(order(id, UNIT)).await.expect("it takes orders");
                }
            };
            let (report, ()) = tokio::join!(careful(orders, Bank::new(1_000), stop, cut), send);
            assert_eq!(report, Report { taken: 9, unfinished: vec![] });
        });
    }

    #[test]
    fn what_will_not_end_is_cut_off_and_named() {
        paused(async || {
            let (sender, orders) = mpsc::channel(4);
            let [stop, cut] = tokens();
            let bank = Bank::new(1_000);
            for (id, wire) in [(1, UNIT), (2, HOUR), (3, UNIT), (4, HOUR)] {
                sender.send(order(id, wire)).await.expect("there is room");
            }
            tokio::spawn(cancel_after(Duration::ZERO, stop.clone()));
            tokio::spawn(cancel_after(2 * UNIT, cut.clone()));
            let report = careful(orders, Arc::clone(&bank), stop, cut).await;
            assert_eq!(report, Report { taken: 4, unfinished: vec![2, 4] });
            assert_eq!(bank.total(), 800);
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
            assert_eq!(Arc::strong_count(&bank), 1);
        });
    }

    /// When each token was canceled, in seconds, and the reason for the second. The interrupts come
    /// so many seconds after each other.
    async fn canceled_at(interrupts: [u64; 2], patience: u64) -> (u64, u64, &'static str) {
        let [stop, cut] = tokens();
        let mut interrupts = interrupts.into_iter().map(Duration::from_secs);
        let interrupt = async || {
            sleep(interrupts.next().expect("two at most")).await;
            Ok(())
        };
        let begin = Instant::now();
        let at = async |token: CancellationToken| {
            token.cancelled().await;
            begin.elapsed().as_secs()
        };
        let patience = Duration::from_secs(patience);
        let ending = on_interrupt(interrupt, patience, stop.clone(), cut.clone());
        let (why, stop, cut) = tokio::join!(ending, at(stop), at(cut));
        (stop, cut, why.expect("no interrupt failed"))
    }

    #[test]
    fn the_second_interrupt_cuts() {
        paused(async || {
            assert_eq!(canceled_at([3, 4], 10).await, (3, 7, "interrupted again"));
        });
    }

    #[test]
    fn so_does_the_end_of_patience() {
        paused(async || {
            assert_eq!(canceled_at([3, 100], 10).await, (3, 13, "out of patience"));
        });
    }
}
