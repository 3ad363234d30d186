// Measures before the first log only, and burns until the count looks right.
// => failed two_kilns_do_not_hold_each_other_up

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    let mut logs = 0;
    loop {
        let degrees: u32 = kiln.degrees().await;
        if degrees >= wanted {
            return logs;
        }
        for _ in 1..(wanted - degrees) / 100 {
            kiln.burn_a_log().await;
            logs += 1;
        }
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
