// From the eleventh log on it burns two between measurements.
// => failed as_long_as_it_is_too_cold_it_burns_another_log

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    let mut logs = 0;
    while kiln.degrees().await < wanted {
        let some = if logs < 10 { 1 } else { 2 };
        for _ in 0..some {
            kiln.burn_a_log().await;
            logs += 1;
        }
    }
    logs
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
