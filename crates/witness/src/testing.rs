//! What our own tests share: no test of ours may hang without a name, either.

use std::time::Duration;

use tokio::runtime::Builder;

use crate::within;

/// For what will happen: no machine is so slow.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);

/// For what cannot happen, however long one waits.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

/// `#[tokio::test(start_paused = true)]` with a watchdog: one thread, and a clock that jumps to
/// the next timer when every task waits.
#[track_caller]
pub(crate) fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    within(PATIENT, || {
        Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("it takes no thread")
            .block_on(test())
    })
}
