//! How long a runtime kept a small task waiting.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// A task that asks to run every period, and measures how long it was kept
/// waiting.
///
/// On a runtime with one thread, a task that blocks the thread keeps the ticker
/// from ticking: [`longest_gap`](Self::longest_gap) is at least as long as the
/// block. On a runtime with several threads the ticker moves to a free one, and
/// shows only that all were blocked at once.
///
/// Times are real ones ([`Instant`]), also when the runtime's own clock is
/// paused. Assert lower bounds only: a busy machine lengthens gaps. Clones are
/// handles to one ticker.
///
/// ```
/// use std::{thread, time::Duration};
/// use witness::Ticker;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let ticker = Ticker::new(Duration::from_millis(1));
/// let ticking = tokio::spawn(ticker.run(tokio::time::sleep));
///
/// let block = Duration::from_millis(20);
/// thread::sleep(block); // not tokio::time::sleep: this blocks the only thread
///
/// assert!(ticker.longest_gap() >= block);
/// ticking.abort();
/// # });
/// ```
#[derive(Clone)]
pub struct Ticker {
    period: Duration,
    gaps: Arc<Mutex<Gaps>>,
}

impl Ticker {
    /// Returns a ticker that will ask for a tick every `period`.
    ///
    /// # Panics
    /// If `period` is zero: it would never let go of the thread.
    pub fn new(period: Duration) -> Self {
        assert!(!period.is_zero(), "a ticker needs a period");
        Self { period, gaps: Arc::default() }
    }

    /// Returns a future that ticks until it is dropped, so spawn it and abort
    /// it. `sleep` is the runtime's own, for instance `tokio::time::sleep`.
    ///
    /// The first gap opens here and not at the first poll, so that a runtime
    /// blocked before it ever polled the ticker shows.
    ///
    /// # Panics
    /// If this ticker runs already: the ticks of one would hide the gaps of the
    /// other.
    pub fn run<S, F>(
        &self,
        mut sleep: S,
    ) -> impl Future<Output = Infallible> + use<S, F>
    where
        S: FnMut(Duration) -> F,
        F: Future,
    {
        let started = lock(&self.gaps).open(Instant::now());
        assert!(started, "this ticker runs already");
        let running = Running(self.clone());
        async move {
            loop {
                sleep(running.0.period).await;
                running.0.tick();
            }
        }
    }

    /// Returns how often it has ticked.
    pub fn ticks(&self) -> u64 {
        lock(&self.gaps).ticks
    }

    /// Returns the longest time between two ticks, the one still open included:
    /// a runtime that is blocked right now, and may never tick again, shows. An
    /// undisturbed gap is as long as the period. Zero if it never ran.
    pub fn longest_gap(&self) -> Duration {
        lock(&self.gaps).longest_by(Instant::now())
    }

    /// Returns by how much a tick came later than the period, such that
    /// `percentile` percent of all ticks were at most so late. The answer is
    /// rounded up, by less than an eighth; 100 gives the latest exactly. Zero
    /// if it never ticked.
    ///
    /// Only ticks that came count: ask [`longest_gap`](Self::longest_gap) about
    /// one that did not.
    ///
    /// # Panics
    /// If `percentile` is not between 0 and 100.
    pub fn lateness(&self, percentile: f64) -> Duration {
        lock(&self.gaps).lateness.percentile(percentile)
    }

    fn tick(&self) {
        lock(&self.gaps).tick(Instant::now(), self.period);
    }
}

impl fmt::Debug for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticker")
            .field("period", &self.period)
            .field("ticks", &self.ticks())
            .field("longest_gap", &self.longest_gap())
            .finish_non_exhaustive()
    }
}

/// Closes the open gap when the ticking future is dropped: nobody ticks
/// anymore.
struct Running(Ticker);

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.0.gaps).close(Instant::now());
    }
}

/// The measurement without the clock, which comes in as an argument.
#[derive(Default)]
struct Gaps {
    ticks: u64,
    /// When the open gap began; `None` while nothing runs.
    since: Option<Instant>,
    /// The longest gap that has been closed.
    longest: Duration,
    lateness: Histogram,
}

impl Gaps {
    /// Returns false, and does nothing, if a gap is open already.
    fn open(&mut self, now: Instant) -> bool {
        let idle = self.since.is_none();
        self.since.get_or_insert(now);
        idle
    }

    fn tick(&mut self, now: Instant, period: Duration) {
        let gap = self.open_gap(now);
        self.close(now);
        self.open(now);
        self.ticks += 1;
        self.lateness.record(gap.saturating_sub(period));
    }

    fn close(&mut self, now: Instant) {
        self.longest = self.longest_by(now);
        self.since = None;
    }

    fn longest_by(&self, now: Instant) -> Duration {
        self.longest.max(self.open_gap(now))
    }

    fn open_gap(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| {
            now.saturating_duration_since(since)
        })
    }
}

/// Counts durations in buckets whose width grows with them: eight to each
/// doubling. It never grows, however long the ticker runs.
struct Histogram {
    buckets: [u64; 496],
    total: u64,
    max: Duration,
}

impl Histogram {
    fn record(&mut self, value: Duration) {
        self.buckets[Self::bucket(nanos(value))] += 1;
        self.total += 1;
        self.max = self.max.max(value);
    }

    fn percentile(&self, percentile: f64) -> Duration {
        assert!(
            (0.0..=100.0).contains(&percentile),
            "{percentile} is not a percentile"
        );
        // The nearest rank: the smallest value that this many of all values do
        // not exceed.
        let rank =
            (percentile / 100.0 * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(Self::upper_edge(bucket))
                    .min(self.max);
            }
        }
        self.max
    }

    /// Values below 8 have a bucket each; above, the leading four bits choose
    /// it.
    fn bucket(nanos: u64) -> usize {
        if nanos < 8 {
            return nanos as usize;
        }
        let doubling = nanos.ilog2() - 3;
        ((doubling + 1) * 8) as usize + ((nanos >> doubling) & 7) as usize
    }

    /// The largest value in `bucket`.
    fn upper_edge(bucket: usize) -> u64 {
        if bucket < 8 {
            return bucket as u64;
        }
        let doubling = bucket as u32 / 8 - 1;
        let lower = (8 + bucket as u64 % 8) << doubling;
        lower + ((1 << doubling) - 1)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [0; 496], total: 0, max: Duration::ZERO }
    }
}

/// Saturates after 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::runtime::Builder;

    use super::*;
    use crate::PATIENT;
    use crate::paused;
    use crate::within;

    const MS: Duration = Duration::from_millis(1);

    /// Not [`paused`]: real time has to pass.
    fn on_one_thread(test: impl AsyncFnOnce() + Send + 'static) {
        within(PATIENT, || {
            let runtime = Builder::new_current_thread().enable_time().build();
            runtime.expect("it takes no thread").block_on(test());
        });
    }

    #[test]
    fn a_blocked_thread_leaves_a_gap_as_long_as_the_block() {
        on_one_thread(async || {
            let ticker = Ticker::new(MS);
            let block = 50 * MS;
            let ticking = tokio::spawn(ticker.run(tokio::time::sleep));
            while ticker.ticks() < 3 {
                tokio::time::sleep(MS).await;
            }
            thread::sleep(block);
            let before = ticker.ticks();
            while ticker.ticks() == before {
                tokio::time::sleep(MS).await;
            }
            ticking.abort();
            assert!(ticker.longest_gap() >= block);
            // The late tick came: its gap held the whole block, and one period
            // of it was not late.
            assert!(ticker.lateness(100.0) >= block - MS);
        });
    }

    #[test]
    fn a_runtime_that_never_ticks_again_shows() {
        on_one_thread(async || {
            let ticker = Ticker::new(MS);
            tokio::spawn(ticker.run(tokio::time::sleep));
            let block = 30 * MS;
            // This thread, the only one, does not come back to the runtime
            // before it is asked: another asks.
            let asked = thread::scope(|scope| {
                let asking = scope.spawn(|| {
                    thread::sleep(block);
                    (ticker.ticks(), ticker.longest_gap())
                });
                asking.join().expect("it does not panic")
            });
            assert_eq!(asked.0, 0);
            assert!(asked.1 >= block);
        });
    }

    #[test]
    fn it_ticks_once_a_period_and_stops_when_dropped() {
        paused(async || {
            let ticker = Ticker::new(Duration::from_secs(1));
            let ticking = ticker.run(tokio::time::sleep);
            let stopped =
                tokio::time::timeout(Duration::from_millis(10_500), ticking)
                    .await;
            assert!(stopped.is_err());
            assert_eq!(ticker.ticks(), 10);

            // Dropped: the last gap is closed and no longer grows.
            let closed = ticker.longest_gap();
            thread::sleep(2 * MS);
            assert_eq!(ticker.longest_gap(), closed);
            assert!(lock(&ticker.gaps).since.is_none());

            // And it may run again.
            drop(ticker.run(tokio::time::sleep));
        });
    }

    #[test]
    #[should_panic(expected = "runs already")]
    fn it_runs_once_at_a_time() {
        let ticker = Ticker::new(MS);
        let _first = ticker.run(tokio::time::sleep);
        let _second = ticker.run(tokio::time::sleep);
    }

    #[test]
    #[should_panic(expected = "needs a period")]
    fn no_period_no_ticker() {
        let _ = Ticker::new(Duration::ZERO);
    }

    #[test]
    fn one_that_never_ran_has_no_gap() {
        let ticker = Ticker::new(MS);
        thread::sleep(2 * MS);
        assert_eq!(ticker.longest_gap(), Duration::ZERO);
        assert_eq!(ticker.lateness(99.0), Duration::ZERO);
    }

    #[test]
    fn gaps_are_measured_from_tick_to_tick() {
        let start = Instant::now();
        let at = |ms| start + ms * MS;
        let period = 10 * MS;
        let mut gaps = Gaps::default();
        assert!(gaps.open(at(0)));
        for ms in [10, 21, 71, 81] {
            gaps.tick(at(ms), period);
        }
        assert_eq!(gaps.longest_by(at(90)), 50 * MS);
        assert_eq!(gaps.lateness.percentile(100.0), 40 * MS);
        assert_eq!(gaps.lateness.percentile(50.0), Duration::ZERO);
        // The open gap becomes the longest.
        assert_eq!(gaps.longest_by(at(141)), 60 * MS);
        // Closed, it stops growing, and counts.
        gaps.close(at(151));
        assert_eq!(gaps.longest_by(at(999)), 70 * MS);
        assert_eq!(gaps.ticks, 4);
    }

    #[test]
    fn a_percentile_is_rounded_up_by_less_than_an_eighth() {
        let mut lateness = Histogram::default();
        for us in 1..=1000 {
            lateness.record(Duration::from_micros(us));
        }
        for percent in 1..=100_u64 {
            let exact = Duration::from_micros(percent * 10);
            let told = lateness.percentile(percent as f64);
            assert!(exact <= told, "{percent}: {told:?}");
            assert!(told < exact + exact / 8, "{percent}: {told:?}");
        }
        assert_eq!(lateness.percentile(100.0), MS);
    }

    #[test]
    fn every_value_falls_into_a_bucket_that_reaches_it() {
        let powers = (0..64).map(|bit| 1_u64 << bit);
        for value in powers.flat_map(|p| [p - 1, p, p + p / 2, p + (p - 1)]) {
            let bucket = Histogram::bucket(value);
            assert!(value <= Histogram::upper_edge(bucket), "{value}");
            assert!(
                bucket == 0 || value > Histogram::upper_edge(bucket - 1),
                "{value}"
            );
        }
    }

    #[test]
    #[should_panic(expected = "is not a percentile")]
    fn a_percentile_above_a_hundred_is_a_mistake() {
        let _ = Ticker::new(MS).lateness(100.1);
    }
}
