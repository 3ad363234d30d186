// A boxed recursion.

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    if kiln.degrees().await >= wanted {
        return 0;
    }
    kiln.burn_a_log().await;
    1 + Box::pin(fire(kiln, wanted)).await
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
