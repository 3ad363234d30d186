// Looks, then calls, with nobody waiting: sixteen guests make sixteen calls.
// => failed of_sixteen_guests_one_calls_and_all_read_the_same

use std::sync::OnceLock;

struct Inn<R> {
    report: OnceLock<R>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        match self.report.get() {
            Some(report) => Ok(report),
            None => {
                let report = call()?;
                Ok(self.report.get_or_init(|| report))
            }
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
