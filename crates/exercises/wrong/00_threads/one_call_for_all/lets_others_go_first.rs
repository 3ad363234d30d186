// Spins, and yields, until the line is free.
// => failed whoever_waits_sleeps

use std::sync::OnceLock;

use std::sync::{Mutex, PoisonError};

struct Inn<R> {
    report: OnceLock<R>,
    /// Held by whoever calls.
    calling: Mutex<()>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), calling: Mutex::new(()) }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        // A panic in the middle of a call leaves nothing half done: there is no report yet.
        let _calling = loop {
            match self.calling.try_lock() {
                Ok(calling) => break calling,
                Err(std::sync::TryLockError::Poisoned(calling)) => break calling.into_inner(),
                Err(_) => std::thread::yield_now(),
            }
        };
        // Somebody may have called while this one waited.
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        let report = call()?;
        Ok(self.report.get_or_init(|| report))
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let inn = Inn::new();
        let busy = inn.report(|| Err("the line is busy"));
        println!("the first guest hears: {busy:?}");
        let sunny = inn.report(|| Ok::<_, &str>("sunny".to_owned()));
        println!("the second guest hears: {sunny:?}");
        let again = inn.report(|| Err("nobody calls again"));
        println!("the third guest hears: {again:?}");
    });
}
