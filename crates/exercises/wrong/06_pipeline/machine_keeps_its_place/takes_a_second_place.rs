// Takes two places if more than three are free, and gives one back when its customer asks again.
// => failed all_places_are_used

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
    let for_me = if places.available_permits() > 2 { places.try_acquire().ok() } else { None };
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let clean = machine();
        drop(place);
        let _ = sender.send(clean);
    });
    let clean = receiver.await.expect("no machine breaks");
    drop(for_me);
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
