// Looks again now and then, but seldom.
// => failed whoever_waits_sleeps

use std::sync::{Condvar, Mutex, OnceLock};
use std::time::Duration;

struct Inn<R> {
    report: OnceLock<R>,
    tickets: Mutex<(u64, u64)>,
    next: Condvar,
}

struct Served<'a>(&'a Mutex<(u64, u64)>, &'a Condvar);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().1 += 1;
        self.1.notify_all();
    }
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), tickets: Mutex::new((0, 0)), next: Condvar::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        let mut tickets = self.tickets.lock().unwrap();
        let mine = tickets.0;
        tickets.0 += 1;
        while tickets.1 != mine {
            tickets = self.next.wait_timeout(tickets, Duration::from_millis(300)).unwrap().0;
        }
        drop(tickets);
        let _served = Served(&self.tickets, &self.next);
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

