// Waits for the machine with the thread of the runtime, on which nobody else has a turn.
// => failed a_customer_does_not_wait_with_the_thread

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

async fn wash<T: Send + 'static>(
    pool: &ThreadPool,
    places: &Arc<Semaphore>,
    machine: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = Arc::clone(places).acquire_owned().await.expect("they are never closed");
    let (sender, receiver) = oneshot::channel();
    pool.install(|| {
        let _ = sender.send(machine());
    });
    let clean = receiver.await.expect("no machine breaks");
    drop(place);
    clean
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let places = Arc::new(Semaphore::new(1));
    println!("{}", block_on(wash(&pool, &places, || "shirts")));
    println!("{}", block_on(wash(&pool, &places, || "socks")));
}
