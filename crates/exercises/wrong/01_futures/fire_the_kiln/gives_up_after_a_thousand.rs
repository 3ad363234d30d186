// Gives up after a thousand logs.
// => failed as_long_as_it_is_too_cold_it_burns_another_log

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    for logs in 0..1000 {
        if kiln.degrees().await >= wanted {
            return logs;
        }
        kiln.burn_a_log().await;
    }
    1000
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
