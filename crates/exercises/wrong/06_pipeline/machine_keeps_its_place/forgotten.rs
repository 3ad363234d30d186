// Satisfies the compiler by forgetting the place, which never comes back.
// => failed of_many_customers_some_leave_and_the_bound_is_kept

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
        let _ = sender.send(machine());
    });
    let clean = receiver.await.expect("no machine breaks");
    place.forget();
    clean
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let places = Arc::new(Semaphore::new(1));
    println!("{}", block_on(wash(&pool, &places, || "shirts")));
    println!("{}", block_on(wash(&pool, &places, || "socks")));
}
