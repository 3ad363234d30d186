//! A watchdog that names the test that hangs.

use std::panic::{self, Location};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A limit for what will happen: no machine is so slow, and nobody waits longer
/// for a test.
pub const PATIENT: Duration = Duration::from_secs(120);

/// Runs `f` on a thread of its own and returns its value, or panics if it takes
/// longer than `limit`: a test that would hang, and the whole suite with it,
/// fails with its own name.
///
/// The new thread has the name of the calling one, which is the test's name
/// under `cargo test`. Choose a limit that no slow machine reaches, such as
/// [`PATIENT`]; it is there against hanging, not to measure. The thread that
/// hangs is left behind, and ends with the process.
///
/// # Panics
/// If `limit` passes first, with the name of the calling thread, the place of
/// the call and the limit; or with `f`'s own panic.
///
/// ```
/// use std::{sync::mpsc, time::Duration};
///
/// assert_eq!(witness::within(Duration::from_secs(10), || 6 * 7), 42);
///
/// let hung = std::panic::catch_unwind(|| {
///     witness::within(Duration::from_millis(1), || {
///         let (_sender, receiver) = mpsc::channel::<()>();
///         receiver.recv() // nobody sends, and the sender is never dropped
///     })
/// });
/// assert!(hung.unwrap_err().downcast_ref::<String>().unwrap().contains("did not finish within 1ms"));
/// ```
#[track_caller]
pub fn within<T: Send + 'static>(
    limit: Duration,
    f: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = Location::caller();
    let caller = thread::current();
    let name = caller.name().unwrap_or("an unnamed thread");

    let (done, finished) = mpsc::channel();
    let worker = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let value = f();
            // Nobody listens anymore if this is too late.
            let _ = done.send(());
            value
        })
        .expect("the system should have room for one more thread");

    // A panic in `f` drops `done`, so the channel closes: that is an end, too.
    if finished.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
        panic!("{name} did not finish within {limit:?} ({place})");
    }
    worker.join().unwrap_or_else(|its_panic| panic::resume_unwind(its_panic))
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::panic::catch_unwind;
    use std::sync::Arc;

    use super::*;
    use crate::Drops;
    use crate::testing::SHORT;

    /// Never returns, and takes no processor time.
    fn hang() {
        loop {
            thread::park();
        }
    }

    fn message(panic: Box<dyn Any + Send>) -> String {
        *panic.downcast::<String>().expect("a formatted message")
    }

    #[test]
    fn what_finishes_returns_its_value() {
        assert_eq!(within(PATIENT, || vec![1, 2, 3]), [1, 2, 3]);
        assert_eq!(within(Duration::MAX, || 1), 1);
    }

    #[test]
    fn what_hangs_panics_with_the_name_of_its_test() {
        let line = line!() + 1;
        let hung = catch_unwind(|| within(SHORT, hang));
        let told = message(hung.expect_err("it hangs"));

        // Under `--test-threads=1` the tests run on the main thread.
        let name = thread::current().name().map(str::to_owned);
        let name = name.expect("a test's thread has a name");
        assert!(
            name == "main"
                || name
                    .ends_with("what_hangs_panics_with_the_name_of_its_test")
        );
        let file = file!();
        assert!(
            told.starts_with(&format!(
                "{name} did not finish within 20ms ({file}:{line}:"
            )),
            "{told}"
        );
    }

    #[test]
    fn a_caller_without_a_name_is_known_by_its_place() {
        let caller = thread::spawn(|| within(SHORT, hang));
        let told = message(caller.join().expect_err("it hangs"));
        assert!(told.starts_with("an unnamed thread did not"), "{told}");
        assert!(told.contains(file!()), "{told}");
    }

    #[test]
    fn a_panic_inside_comes_out_with_its_own_message() {
        let panicked = catch_unwind(|| {
            within(PATIENT, || panic!("on purpose: {}", 6 * 7))
        });
        assert_eq!(message(panicked.expect_err("it panics")), "on purpose: 42");
    }

    #[test]
    fn a_panic_keeps_its_payload() {
        let payload = Arc::new(7);
        let thrown = Arc::clone(&payload);
        let caught = catch_unwind(|| {
            within(PATIENT, move || -> () { panic::panic_any(thrown) })
        });
        let caught = caught.expect_err("it panics").downcast::<Arc<i32>>();
        assert!(Arc::ptr_eq(&caught.expect("the same type"), &payload));
    }

    #[test]
    fn the_thread_inside_has_the_name_of_the_one_outside() {
        let inside =
            within(PATIENT, || thread::current().name().map(str::to_owned));
        assert_eq!(inside.as_deref(), thread::current().name());
        let other = within(PATIENT, || thread::current().id());
        assert_ne!(other, thread::current().id());
    }

    #[test]
    fn the_thread_that_hangs_is_left_behind() {
        let drops = Drops::new();
        let guard = drops.guard();
        let hung = catch_unwind(|| {
            within(SHORT, move || {
                let _guard = guard;
                hang();
            })
        });
        assert!(hung.is_err());
        assert_eq!(drops.alive(), 1);
    }
}
