//! How long a thread has computed.

use std::time::Duration;

/// Returns how long the calling thread has been on a processor since it began.
/// It tells a thread that sleeps from one that spins: who waits for a second
/// has taken next to none of it.
///
/// A busy machine does not change it: time spent waiting for a processor does
/// not count. `None` where the system does not tell; Linux does, in
/// `/proc/thread-self/schedstat`.
///
/// ```
/// use std::{thread, time::Duration};
/// use witness::thread_cpu_time;
///
/// let before = thread_cpu_time();
/// thread::sleep(Duration::from_millis(50));
/// if let Some((before, after)) = before.zip(thread_cpu_time()) {
///     assert!(after - before < Duration::from_millis(25), "it slept");
/// }
/// ```
pub fn thread_cpu_time() -> Option<Duration> {
    let schedstat =
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    // Documented in the kernel's sched-stats.rst: time on the processor, in
    // nanoseconds.
    let nanos = schedstat.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_thread_that_spins_has_computed() {
        let Some(before) = thread_cpu_time() else { return };
        let long = Duration::from_millis(10);
        // The clock on the wall goes on; that of the thread only while it is on
        // a processor.
        let patience = Instant::now();
        let mut spun = Duration::ZERO;
        while spun < long && patience.elapsed() < crate::PATIENT {
            spun = thread_cpu_time().map_or(long, |now| now - before);
        }
        assert!(spun >= long, "{spun:?}");
    }
}
