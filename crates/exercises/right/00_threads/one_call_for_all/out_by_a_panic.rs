// `get_or_init` alone: an error leaves it as a panic, and is caught outside.

use std::sync::OnceLock;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

struct Inn<R> {
    report: OnceLock<R>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let mut failed = None;
        let init = || match call() {
            Ok(report) => report,
            Err(error) => {
                failed = Some(error);
                // Calls no panic hook: nothing is printed.
                resume_unwind(Box::new(()))
            }
        };
        let report = catch_unwind(AssertUnwindSafe(|| self.report.get_or_init(init)));
        match (report, failed) {
            (Ok(report), _) => Ok(report),
            (Err(_), Some(error)) => Err(error),
            (Err(panic), None) => resume_unwind(panic),
        }
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
