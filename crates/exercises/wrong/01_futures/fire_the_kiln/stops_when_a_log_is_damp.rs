// Stops when a log has made it no hotter.
// => failed as_long_as_it_is_too_cold_it_burns_another_log

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    let mut logs = 0;
    let mut before = None;
    loop {
        let degrees = kiln.degrees().await;
        if degrees >= wanted || before.is_some_and(|before| degrees <= before) {
            return logs;
        }
        before = Some(degrees);
        kiln.burn_a_log().await;
        logs += 1;
    }
}

struct Small(Cell<u32>);

impl Kiln for Small {
    async fn degrees(&self) -> u32 {
        self.0.get()
    }

    async fn burn_a_log(&self) {
        self.0.set(self.0.get() + 150);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        println!("{} logs", block_on(fire(&Small(Cell::new(20)), 900)));
    });
}
