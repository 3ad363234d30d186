// Burns on until it is hotter than was wanted.
// => failed a_hot_kiln_burns_nothing

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
        if degrees > wanted {
            return logs;
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
