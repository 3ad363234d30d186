// Leaks the report, for a reference that lives long enough.
// => failed the_report_is_dropped_with_the_inn

use std::sync::{Mutex, PoisonError};

struct Inn<R: 'static> {
    report: Mutex<Option<&'static R>>,
}

impl<R: 'static> Inn<R> {
    fn new() -> Self {
        Inn { report: Mutex::new(None) }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(report) = *report {
            return Ok(report);
        }
        let kept: &'static R = Box::leak(Box::new(call()?));
        *report = Some(kept);
        Ok(kept)
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
