// Takes a wake as leave to call; somebody else may have begun to call before it was heard.
// => failed who_asks_again_at_once_makes_no_second_call_meanwhile

use std::sync::OnceLock;

use std::sync::{Condvar, Mutex};

struct Inn<R> {
    report: OnceLock<R>,
    calling: Mutex<bool>,
    free: Condvar,
}

struct Calling<'a, R>(&'a Inn<R>);

impl<R> Drop for Calling<'_, R> {
    fn drop(&mut self) {
        *self.0.calling.lock().unwrap() = false;
        if self.0.report.get().is_some() {
            self.0.free.notify_all();
        } else {
            self.0.free.notify_one();
        }
    }
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), calling: Mutex::new(false), free: Condvar::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let mut calling = self.calling.lock().unwrap();
        if *calling {
            calling = self.free.wait(calling).unwrap();
        }
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        *calling = true;
        drop(calling);
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
