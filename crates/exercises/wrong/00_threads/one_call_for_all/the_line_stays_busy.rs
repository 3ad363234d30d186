// Sets the line free after a call that worked, and not after an error or a panic.
// => failed whoever_calls_in_vain_gets_the_error_and_the_next_one_calls

use std::sync::OnceLock;

use std::sync::{Condvar, Mutex};

struct Inn<R> {
    report: OnceLock<R>,
    busy: Mutex<bool>,
    free: Condvar,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), busy: Mutex::new(false), free: Condvar::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let busy = self.busy.lock().unwrap();
        *self.free.wait_while(busy, |busy| *busy).unwrap() = true;
        let report = match self.report.get() {
            Some(report) => report,
            None => {
                let report = call()?;
                self.report.get_or_init(|| report)
            }
        };
        *self.busy.lock().unwrap() = false;
        self.free.notify_one();
        Ok(report)
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
