// Forgets the permit, and the job gives it back by a guard of its own.

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

async fn wash<T: Send + 'static>(
    pool: &ThreadPool,
    places: &Arc<Semaphore>,
    machine: impl FnOnce() -> T + Send + 'static,
) -> T {
    struct GivesBack(Arc<Semaphore>);
    impl Drop for GivesBack {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }
    places.acquire().await.expect("they are never closed").forget();
    let place = GivesBack(Arc::clone(places));
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        // The machine ends when it ends, whether anybody waits or not, and so does its place.
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
