// A blocked thread for each guest, who waits for the cook and then wakes the guest.
// => failed the_cook_wakes_the_guest

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// The cook panicked; this is what was said, if it was in words.
#[derive(Debug, PartialEq)]
struct Burnt(String);

async fn order<T: Send + 'static>(
    kitchen: &ThreadPool,
    dish: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Burnt> {
    // a waiter of its own for each guest: a thread that blocks until the dish is there
    let (plate, served) = oneshot::channel();
    let (hatch, out) = std::sync::mpsc::channel();
    let plate = std::sync::Arc::new(std::sync::Mutex::new(Some(plate)));
    let waiting = plate.clone();
    kitchen.spawn(move || {
        if waiting.lock().unwrap().as_ref().is_some_and(|p: &oneshot::Sender<_>| p.is_closed()) { return; }
        let _ = hatch.send(catch_unwind(AssertUnwindSafe(dish)).map_err(|said| Burnt(words(&*said))));
    });
    std::thread::spawn(move || {
        if let Ok(cooked) = out.recv() { let _ = plate.lock().unwrap().take().unwrap().send(cooked); }
    });
    served.await.unwrap()
}

/// What a panic said. Its words are a `&str` or a `String`.
fn words(said: &(dyn Any + Send)) -> String {
    let literal = said.downcast_ref::<&str>().map(|words| words.to_string());
    literal.or_else(|| said.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn main() {
    let kitchen = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    println!("{:?}", block_on(order(&kitchen, || "soup")));
    println!("{:?}", block_on(order(&kitchen, || "bread")));
}
