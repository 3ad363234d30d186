// Takes one of eight locks, by where the inn is in memory: two inns may have the same one.
// => failed a_call_may_ask_another_inn_and_so_on

use std::sync::OnceLock;

use std::sync::{Mutex, PoisonError};

static CALLING: [Mutex<()>; 8] = [const { Mutex::new(()) }; 8];

struct Inn<R> {
    report: OnceLock<R>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new() }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        let address = std::ptr::from_ref(self).addr() as u64;
        let nth = address.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
        let _calling = CALLING[nth as usize].lock().unwrap_or_else(PoisonError::into_inner);
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
