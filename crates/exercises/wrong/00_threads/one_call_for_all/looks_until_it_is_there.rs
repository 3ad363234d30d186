// Whoever waits looks again and again whether the line is free.
// => failed whoever_waits_sleeps

use std::sync::OnceLock;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

struct Inn<R> {
    report: OnceLock<R>,
    calling: AtomicBool,
}

struct Calling<'a>(&'a AtomicBool);

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), calling: AtomicBool::new(false) }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        while self.calling.swap(true, Ordering::Acquire) {
            thread::yield_now();
        }
        let _calling = Calling(&self.calling);
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
