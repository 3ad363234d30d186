//! The bank's customer, and two ways to interrupt a bank: a timer, and signals.

// ANCHOR: program
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Bank, Transfer, careful, on_interrupt};

/// Sends a transfer every `every`, until nobody takes them. Returns how many
/// were accepted.
pub(super) async fn customer(
    transfers: mpsc::Sender<Transfer>,
    every: Duration,
    wire: impl Fn(u64) -> Duration,
) -> usize {
    for id in 1.. {
        let transfer = Transfer { id, amount: 100, wire: wire(id) };
        if transfers.send(transfer).await.is_err() {
            return id as usize - 1;
        }
        sleep(every).await;
    }
    unreachable!("there is always another transfer")
}

/// Draws how `serve` ends on a runtime of its own, which is dropped when
/// `serve` returns.
pub(super) fn interrupted<R>(
    title: &str,
    wire: fn(u64) -> Duration,
    serve: impl AsyncFnOnce(
        mpsc::Receiver<Transfer>,
        Arc<Bank>,
        CancellationToken,
        CancellationToken,
    ) -> R,
) -> Result<R, Box<dyn Error>> {
    let interrupt = async || {
        sleep(Duration::from_millis(45)).await;
        Ok(())
    };
    let timeline = timeline::timeline(title);
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let bank = Bank::new(2_000);
    let report = runtime.block_on(async {
        let (sender, transfers) = mpsc::channel(4);
        let [stop, cut] = [CancellationToken::new(), CancellationToken::new()];
        let patience = Duration::from_secs(10);
        tokio::spawn(on_interrupt(
            interrupt,
            patience,
            stop.clone(),
            cut.clone(),
        ));
        tokio::spawn(customer(sender, Duration::from_millis(9), wire));
        serve(transfers, Arc::clone(&bank), stop, cut).await
    });
    drop(runtime);
    timeline.draw();
    println!("on both accounts: 2000 before, {} after", bank.total());
    Ok(report)
}

/// Takes transfers until Ctrl-C or SIGTERM. What cannot be finished is an
/// error.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn until_ctrl_c(wire: Duration) -> Result<(), Box<dyn Error>> {
    let (sender, transfers) = mpsc::channel(4);
    let [stop, cut] = [CancellationToken::new(), CancellationToken::new()];
    let patience = Duration::from_secs(60);
    // ANCHOR: asked
    #[cfg(unix)]
    let asked = {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        async move || {
            tokio::select! {
                _ = interrupt.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
            }
        }
    };
    #[cfg(not(unix))]
    let asked = tokio::signal::ctrl_c;
    // ANCHOR_END: asked
    let ending =
        tokio::spawn(on_interrupt(asked, patience, stop.clone(), cut.clone()));
    // Spawned later, so polled later: when it speaks, somebody listens.
    tokio::spawn(tell(stop.clone()));
    tokio::spawn(customer(sender, Duration::from_millis(9), move |_| wire));
    let report = careful(transfers, Bank::new(1_000_000), stop, cut).await;
    println!(
        "{} transfers taken, {} unfinished",
        report.taken,
        report.unfinished.len()
    );
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
// ANCHOR_END: program
