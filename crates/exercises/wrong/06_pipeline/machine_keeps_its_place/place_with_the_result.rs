// The place goes to the customer with the result: a customer who does not look keeps it.
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
    let place = Arc::clone(places).acquire_owned().await.expect("they are never closed");
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let clean = machine();
        let _ = sender.send((clean, place));
    });
    let (clean, _place) = receiver.await.expect("no machine breaks");
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
