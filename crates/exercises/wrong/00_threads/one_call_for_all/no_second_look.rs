// Has a lock for the call and looks only before it: all who waited call as well.
// => failed of_sixteen_guests_one_calls_and_all_read_the_same

use std::sync::OnceLock;

use std::sync::{Mutex, PoisonError};

struct Inn<R> {
    report: OnceLock<R>,
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
        let _calling = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
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
