//! No task outlives the one who started it.

// ANCHOR: program
use std::error::Error;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, info_span};

// ANCHOR: detached
/// Asks all suppliers, each in a task of its own, and returns at the first
/// error.
pub async fn detached(suppliers: &[Supplier]) -> Result<u32, NoPrice> {
    let tasks: Vec<_> =
        suppliers.iter().map(|it| tokio::spawn(it.ask())).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("no supplier panics")?;
    }
    Ok(sum)
}
// ANCHOR_END: detached

// ANCHOR: owned
/// The same, but the tasks belong to a set. When the set is dropped, it aborts
/// them.
pub async fn owned(suppliers: &[Supplier]) -> Result<u32, NoPrice> {
    let mut tasks: JoinSet<_> = suppliers.iter().map(|it| it.ask()).collect();
    let mut sum = 0;
    while let Some(end) = tasks.join_next().await {
        sum += end.expect("no supplier panics")?;
    }
    Ok(sum)
}
// ANCHOR_END: owned

// ANCHOR: scope
/// Runs `body`, which may spawn tasks in its scope. When `body` has returned,
/// cancels those that are left, and returns only when all have ended.
pub async fn scope<T>(
    parent: &CancellationToken,
    body: impl AsyncFnOnce(&Scope) -> T,
) -> T {
    let scope = Scope { stop: parent.child_token(), tasks: TaskTracker::new() };
    // Cancels when it is dropped: at the end of `body`, or when somebody drops
    // this future.
    let guard = scope.stop.clone().drop_guard();
    let value = body(&scope).await;
    drop(guard);
    scope.tasks.close();
    scope.tasks.wait().await;
    value
}

/// Tasks that end with the scope.
#[derive(Debug)]
pub struct Scope {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Scope {
    /// Starts a task. It is dropped at an await when the scope ends, or its
    /// parent is canceled.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(work));
    }
}
// ANCHOR_END: scope

// ANCHOR: scoped
/// The same in a scope. That an answer is missing is noticed when all others
/// are there.
pub async fn scoped(
    parent: &CancellationToken,
    suppliers: &[Supplier],
) -> Result<u32, NoPrice> {
    scope(parent, async |scope| {
        let room = suppliers.len().max(1);
        let (sender, mut answers) = tokio::sync::mpsc::channel(room);
        for supplier in suppliers {
            let (asking, sender) = (supplier.ask(), sender.clone());
            scope.spawn(async move {
                sender.send(asking.await).await.unwrap_or_default()
            });
        }
        drop(sender);
        let mut sum = 0;
        for _ in suppliers {
            // A task that is canceled or panics sends nothing.
            sum += answers.recv().await.ok_or(NoPrice::NoAnswer)??;
        }
        Ok(sum)
    })
    .await
}
// ANCHOR_END: scoped

/// Asks three suppliers in three ways. One is sold out; then the caller loses
/// patience.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let parent = CancellationToken::new();
    let some_sold_out =
        [Supplier::sold_out(1, 20), Supplier::new(2, 60), Supplier::new(3, 80)];
    let all_slow =
        [Supplier::new(1, 60), Supplier::new(2, 60), Supplier::new(3, 80)];

    let timeline =
        timeline::timeline("detached: the error is there, and two tasks go on");
    let _ = detached(&some_sold_out).instrument(info_span!("caller")).await;
    sleep(Duration::from_millis(80)).await;
    timeline.draw();
    println!();
    let timeline =
        timeline::timeline("in a scope: the error ends the other two");
    let _ =
        scoped(&parent, &some_sold_out).instrument(info_span!("caller")).await;
    sleep(Duration::from_millis(60)).await;
    timeline.draw();

    println!(
        "\ntasks alive               when the caller returns   a turn later"
    );
    print_left("an error:  detached", detached(&some_sold_out)).await;
    print_left("           JoinSet", owned(&some_sold_out)).await;
    print_left("           scope", scoped(&parent, &some_sold_out)).await;
    let soon = Duration::from_millis(10);
    print_left("a timeout: detached", timeout(soon, detached(&all_slow))).await;
    print_left("           JoinSet", timeout(soon, owned(&all_slow))).await;
    print_left("           scope", timeout(soon, scoped(&parent, &all_slow)))
        .await;
    Ok(())
}

/// Prints how many tasks are alive when `asking` is over, and after each has
/// had a turn.
async fn print_left(way: &str, asking: impl Future) {
    asking.await;
    let left = alive();
    yield_now().await;
    println!("  {way:<23} {left:>23} {:>14}", alive());
    sleep(Duration::from_millis(100)).await;
}

/// The number of tasks that have not ended. (`main` is none of them.)
pub fn alive() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// A supplier, who takes a while to name a price.
#[derive(Clone, Copy, Debug)]
pub struct Supplier {
    number: u32,
    takes: Duration,
    price: fn() -> Result<u32, NoPrice>,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPrice {
    /// The supplier has nothing left.
    SoldOut,
    /// The task that asks was canceled, or has panicked.
    NoAnswer,
}

impl Supplier {
    /// A supplier whose price is 100.
    pub fn new(number: u32, takes_ms: u64) -> Self {
        Supplier {
            number,
            takes: Duration::from_millis(takes_ms),
            price: || Ok(100),
        }
    }

    /// A supplier who has nothing left.
    pub fn sold_out(number: u32, takes_ms: u64) -> Self {
        let price = || Err(NoPrice::SoldOut);
        Supplier { price, ..Supplier::new(number, takes_ms) }
    }

    /// Asks for the price.
    pub fn ask(
        &self,
    ) -> impl Future<Output = Result<u32, NoPrice>> + Send + 'static {
        let supplier = *self;
        let asking = async move {
            sleep(supplier.takes).await;
            (supplier.price)()
        };
        asking.instrument(info_span!("ask", supplier = supplier.number))
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
