// A call that fails is the end: those who come later wait for a report that nobody fetches.
// => failed whoever_calls_in_vain_gets_the_error_and_the_next_one_calls

use std::sync::OnceLock;

use std::sync::Once;

struct Inn<R> {
    report: OnceLock<R>,
    called: Once,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), called: Once::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let mut error = None;
        self.called.call_once(|| match call() {
            Ok(report) => drop(self.report.set(report)),
            Err(failed) => error = Some(failed),
        });
        match error {
            Some(error) => Err(error),
            None => Ok(self.report.wait()),
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
