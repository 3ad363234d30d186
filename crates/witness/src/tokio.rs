//! The parts that need Tokio: virtual time for tests, and a ticker beside
//! something.

use std::time::{Duration, Instant};

#[cfg(feature = "paused")]
use tokio::runtime::Builder;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

use crate::Ticker;
#[cfg(feature = "paused")]
use crate::{PATIENT, within};

/// Runs an async test on one thread and on virtual time: the clock stands still
/// while a task runs, and jumps to the next timer when every task waits. So a
/// test of a ten-second timeout takes no time, and elapsed times are exact.
/// Within [`PATIENT`], or it fails by name.
///
/// Work on threads that Tokio does not know (Rayon's, one's own) does not hold
/// the clock.
///
/// # Panics
/// As [`within()`].
///
/// ```
/// use std::time::Duration;
/// use tokio::time::{Instant, sleep};
///
/// let took = witness::paused(async || {
///     let start = Instant::now();
///     sleep(Duration::from_secs(3600)).await;
///     start.elapsed()
/// });
/// assert_eq!(took, Duration::from_secs(3600));
/// ```
#[cfg(feature = "paused")]
#[track_caller]
pub fn paused<T: Send + 'static>(
    test: impl AsyncFnOnce() -> T + Send + 'static,
) -> T {
    within(PATIENT, || {
        Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("it takes no thread")
            .block_on(test())
    })
}

/// What a task meant for the runtime beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside<T> {
    /// What it returned.
    pub output: T,
    /// From its first poll to its end.
    pub took: Duration,
    /// The longest time between two ticks, the ones before and after it
    /// included.
    pub longest_gap: Duration,
}

/// Awaits `future` beside a task that asks to run every `period`, in a span
/// called `ticker`. The ticker runs for four periods before and after, so that
/// a picture shows what an undisturbed tick looks like.
///
/// # Panics
/// If `period` is zero, or outside of a Tokio runtime with time enabled.
pub async fn beside_a_ticker<F: Future>(
    period: Duration,
    future: F,
) -> Beside<F::Output> {
    let ticker = Ticker::new(period);
    let ticking =
        tokio::spawn(ticker.run(sleep).instrument(info_span!("ticker")));
    sleep(4 * period).await;
    let start = Instant::now();
    let output = future.await;
    let took = start.elapsed();
    sleep(4 * period).await;
    ticking.abort();
    // An error says that it was aborted.
    let _ = ticking.await;
    Beside { output, took, longest_gap: ticker.longest_gap() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_blocks_the_thread_makes_a_gap() {
        let block = Duration::from_millis(30);
        let beside = within(PATIENT, move || {
            let runtime = Builder::new_current_thread().enable_time().build();
            runtime.expect("it takes no thread").block_on(beside_a_ticker(
                Duration::from_millis(1),
                async move {
                    std::thread::sleep(block);
                    "done"
                },
            ))
        });
        assert_eq!(beside.output, "done");
        assert!(
            beside.took >= block && beside.longest_gap >= block,
            "{beside:?}"
        );
    }

    #[test]
    fn virtual_time_passes_at_once() {
        let hour = Duration::from_secs(3600);
        let took = paused(async move || {
            let start = tokio::time::Instant::now();
            sleep(hour).await;
            start.elapsed()
        });
        assert_eq!(took, hour);
    }
}
