use super::*;
use tokio::sync::mpsc;
use tokio::time::Instant;
use witness::paused;

const HOUR: Duration = Duration::from_secs(3600);

/// Runs `job` while somebody else has the printer. Returns what was printed in
/// an hour, and when the job ended, if it did.
async fn within_an_hour<T>(
    job: impl AsyncFnOnce(Printer) -> T,
) -> (u32, Option<Duration>) {
    let printer = Printer::default();
    let neighbor = tokio::spawn(print(Arc::clone(&printer), "a poster"));
    tokio::task::yield_now().await;
    let start = Instant::now();
    let end = timeout(HOUR, job(Arc::clone(&printer))).await;
    let ended = end.is_ok().then(|| start.elapsed());
    neighbor.await.expect("it does not panic");
    (*printer.lock().await, ended)
}

#[test]
fn what_is_awaited_in_the_arm_waits_behind_the_kept_future_forever() {
    paused(async || {
        assert_eq!(within_an_hour(in_the_arm).await, (1, None));
    });
}

#[test]
fn polled_on_or_in_a_task_all_is_printed() {
    paused(async || {
        let ended = Some(Duration::from_millis(90));
        assert_eq!(within_an_hour(polled_on).await, (3, ended));
        assert_eq!(within_an_hour(in_a_task).await, (3, ended));
    });
}

#[test]
fn a_kept_future_that_holds_the_lock_does_the_same() {
    // The report has the printer immediately; then the note waits for a guard
    // that nobody drops.
    paused(async || {
        let printer = Printer::default();
        assert!(timeout(HOUR, in_the_arm(Arc::clone(&printer))).await.is_err());
        assert_eq!(*printer.lock().await, 0);
    });
}

#[test]
fn a_full_channel_is_a_queue_too() {
    paused(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send("first").expect("there is room");
        let receiving = async {
            sleep(2 * PATIENCE).await;
            let first = receiver.recv().await;
            (first, timeout(HOUR, receiver.recv()).await)
        };
        let sending = async {
            let mut kept = pin!(sender.send("kept"));
            tokio::select! {
                sent = &mut kept => sent.expect("it receives"),
                () = sleep(PATIENCE) => {
                    // The place that gets free is the kept future's, and it
                    // does not take it.
                    assert!(timeout(2 * HOUR, sender.send("in the arm")).await.is_err());
                }
            }
        };
        let ((first, second), ()) = tokio::join!(receiving, sending);
        assert_eq!(first, Some("first"));
        assert!(second.is_err(), "nothing came for an hour");
    });
}

#[test]
fn dropped_the_future_leaves_the_queue() {
    paused(async || {
        let job = async |printer: Printer| {
            // By value: when `sleep` wins, the report is dropped.
            tokio::select! {
                () = print(Arc::clone(&printer), "report") => {}
                () = sleep(PATIENCE) => print(printer, "note").await,
            }
        };
        assert_eq!(
            within_an_hour(job).await,
            (2, Some(Duration::from_millis(60)))
        );
    });
}
