// `let _ =` binds nothing, so the closure does not even capture the place.
// => failed a_machine_keeps_its_place_when_its_customer_leaves

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
        let _ = place;
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
