//! A kept future that nobody polls may hold up the one you await.

// ANCHOR: program
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinError;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: print
/// A printer, which counts what it has printed.
pub type Printer = Arc<Mutex<u32>>;

/// Waits for the printer, and prints.
pub async fn print(printer: Printer, what: &'static str) {
    let printing = async {
        let mut printed = printer.lock().await;
        sleep(Duration::from_millis(30)).await;
        *printed += 1;
    };
    printing.instrument(info_span!("print", what)).await;
}
// ANCHOR_END: print

const PATIENCE: Duration = Duration::from_millis(10);

// ANCHOR: in_the_arm
/// Prints a report. If that takes long, prints a note meanwhile. It may never
/// end.
pub async fn in_the_arm(printer: Printer) {
    let mut report = pin!(print(Arc::clone(&printer), "report"));
    tokio::select! {
        () = &mut report => {}
        () = sleep(PATIENCE) => {
            print(printer, "note").await; // nobody polls the report
            report.await;
        }
    }
}
// ANCHOR_END: in_the_arm

// ANCHOR: polled
/// The same, and the report is polled while the note waits.
pub async fn polled_on(printer: Printer) {
    let mut report = pin!(print(Arc::clone(&printer), "report"));
    tokio::select! {
        () = &mut report => {}
        () = sleep(PATIENCE) => {
            tokio::join!(report, print(printer, "note"));
        }
    }
}
// ANCHOR_END: polled

// ANCHOR: task
/// The same with a task for the report: the runtime polls it, whatever is
/// awaited here.
pub async fn in_a_task(printer: Printer) -> Result<(), JoinError> {
    let mut report = tokio::spawn(print(Arc::clone(&printer), "report"));
    tokio::select! {
        end = &mut report => end,
        () = sleep(PATIENCE) => {
            print(printer, "note").await;
            report.await
        }
    }
}
// ANCHOR_END: task

/// Somebody prints already; then a report, and a note, in three ways. 200 ms
/// are allowed.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    compare(
        "the note is awaited, and the report is not polled",
        async |printer| {
            in_the_arm(printer).await;
            Ok(())
        },
    )
    .await?;
    compare("the note and the report are joined", async |printer| {
        polled_on(printer).await;
        Ok(())
    })
    .await?;
    compare("the report is a task", in_a_task).await
}

/// Draws what becomes of `job` while somebody else has the printer.
async fn compare(
    title: &str,
    job: impl AsyncFnOnce(Printer) -> Result<(), JoinError>,
) -> Result<(), Box<dyn Error>> {
    let timeline = timeline::timeline(title);
    let printer = Printer::default();
    let neighbor = tokio::spawn(print(Arc::clone(&printer), "a poster"));
    // It has the printer before the job begins.
    tokio::task::yield_now().await;
    let end =
        timeout(Duration::from_millis(200), job(Arc::clone(&printer))).await;
    neighbor.await?;
    timeline.draw();
    let printed = *printer.lock().await;
    match end {
        Ok(end) => end.map(|()| println!("  printed: {printed}\n"))?,
        Err(_elapsed) => println!("  printed: {printed}; given up\n"),
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
