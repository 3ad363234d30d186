// Sends the place to the customer with the clean things, who may never look.
// => failed who_waits_for_a_place_holds_no_thread_of_the_pool

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

async fn wash<T: Send + 'static>(
    pool: &ThreadPool,
    places: &Arc<Semaphore>,
    machine: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = places.clone().acquire_owned().await.expect("they are never closed");
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let _ = sender.send((machine(), place));
    });
    let (clean, place) = receiver.await.expect("no machine breaks");
    drop(place);
    clean
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let places = Arc::new(Semaphore::new(1));
        println!("{}", block_on(wash(&pool, &places, || "shirts")));
        println!("{}", block_on(wash(&pool, &places, || "socks")));
    });
}
