//! What the chapter's tests share: virtual time, and a watchdog that names a test that hangs.

use std::time::Duration;

use tokio::runtime::Builder;
use witness::within;

/// For what will happen: no machine is so slow.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// Runs `test` on one thread, with a clock that jumps to the next timer when every task waits.
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
