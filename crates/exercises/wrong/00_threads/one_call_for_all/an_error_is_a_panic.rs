// Fills the lock with `get_or_init`, which takes no errors, and so panics.
// => failed whoever_calls_in_vain_gets_the_error_and_the_next_one_calls

use std::sync::OnceLock;

struct Inn<R> {
    report: OnceLock<R>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        Ok(self.report.get_or_init(|| call().ok().expect("the call works")))
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
