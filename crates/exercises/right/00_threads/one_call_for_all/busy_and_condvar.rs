// A flag, a condvar, and a guard that sets the line free however the call ends.

use std::sync::OnceLock;

use std::sync::{Condvar, Mutex};

struct Inn<R> {
    report: OnceLock<R>,
    busy: Mutex<bool>,
    free: Condvar,
}

struct Calling<'a, R>(&'a Inn<R>);

impl<R> Drop for Calling<'_, R> {
    fn drop(&mut self) {
        *self.0.busy.lock().unwrap() = false;
        self.0.free.notify_all();
    }
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), busy: Mutex::new(false), free: Condvar::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let mut busy = self.busy.lock().unwrap();
        loop {
            if let Some(report) = self.report.get() {
                return Ok(report);
            }
            if !*busy {
                break;
            }
            busy = self.free.wait(busy).unwrap();
        }
        *busy = true;
        drop(busy);
        let _calling = Calling(self);
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
