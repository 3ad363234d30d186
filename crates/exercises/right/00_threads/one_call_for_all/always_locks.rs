// Locks first, looks once; sets it and reads it back.

use std::sync::OnceLock;

use std::sync::Mutex;

struct Inn<R> {
    report: OnceLock<R>,
    line: Mutex<()>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), line: Mutex::default() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        let line = self.line.lock();
        if self.report.get().is_none() {
            let _ = self.report.set(call()?);
        }
        drop(line);
        Ok(self.report.get().expect("it was set by now"))
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
