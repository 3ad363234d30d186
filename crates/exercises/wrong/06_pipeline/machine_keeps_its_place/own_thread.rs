// A thread of its own for each machine: the pool has nothing to do.
// => failed the_machines_run_on_the_pool

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
    std::thread::spawn(move || {
        let _place = place;
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
