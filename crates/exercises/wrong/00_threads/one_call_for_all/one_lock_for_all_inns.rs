// The lock is a static: one inn's call keeps all other inns from calling.
// => failed another_inn_calls_at_the_same_time

use std::sync::OnceLock;

use std::sync::{Mutex, PoisonError};

static CALLING: Mutex<()> = Mutex::new(());

struct Inn<R> {
    report: OnceLock<R>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let _calling = CALLING.lock().unwrap_or_else(PoisonError::into_inner);
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
