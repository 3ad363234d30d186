// Waits for a place on a thread of the pool, which does nothing else meanwhile.
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
    let places = Arc::clone(places);
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        // a thread of the pool waits for a place, and does nothing else meanwhile
        let _place = block_on(places.acquire_owned()).unwrap();
        let _ = sender.send(machine());
    });
    receiver.await.expect("no machine breaks")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let places = Arc::new(Semaphore::new(1));
        println!("{}", block_on(wash(&pool, &places, || "shirts")));
        println!("{}", block_on(wash(&pool, &places, || "socks")));
    });
}
