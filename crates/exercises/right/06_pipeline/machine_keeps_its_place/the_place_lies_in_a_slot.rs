// The place lies in a slot. The machine takes it when it begins, or who leaves before takes it back.

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};
use std::sync::Mutex;
use tokio::sync::OwnedSemaphorePermit;

struct Leave(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Drop for Leave {
    fn drop(&mut self) {
        let place = self.0.lock().unwrap().take();
        drop(place);
    }
}

async fn wash<T: Send + 'static>(
    pool: &ThreadPool,
    places: &Arc<Semaphore>,
    machine: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = Arc::clone(places).acquire_owned().await.expect("they are never closed");
    let slot = Arc::new(Mutex::new(Some(place)));
    let customer = Leave(Arc::clone(&slot));
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let Some(place) = slot.lock().unwrap().take() else {
            return;
        };
        let clean = machine();
        drop(place);
        let _ = sender.send(clean);
    });
    let clean = receiver.await.expect("no machine breaks");
    drop(customer);
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
