// The order hangs in a slot: who leaves takes it down, or the cook who begins does.

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// The cook panicked; this is what was said, if it was in words.
#[derive(Debug, PartialEq)]
struct Burnt(String);

/// What a panic said. Its words are a `&str` or a `String`.
fn words(said: &(dyn Any + Send)) -> String {
    let literal = said.downcast_ref::<&str>().map(|words| words.to_string());
    literal.or_else(|| said.downcast_ref::<String>().cloned()).unwrap_or_default()
}
use std::sync::{Arc, Mutex};

struct Slip<F>(Arc<Mutex<Option<F>>>);

impl<F> Drop for Slip<F> {
    fn drop(&mut self) {
        let dish = self.0.lock().map(|mut slip| slip.take());
        drop(dish);
    }
}

async fn order<T: Send + 'static>(
    kitchen: &ThreadPool,
    dish: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Burnt> {
    let slot = Arc::new(Mutex::new(Some(dish)));
    let slip = Slip(Arc::clone(&slot));
    let (sender, receiver) = oneshot::channel();
    kitchen.spawn(move || {
        let dish = match slot.lock() {
            Ok(mut slip) => slip.take(),
            Err(_) => None,
        };
        let Some(dish) = dish else {
            return;
        };
        let dish = catch_unwind(AssertUnwindSafe(dish));
        let dish = dish.map_err(|said| Burnt(words(&*said)));
        let _ = catch_unwind(AssertUnwindSafe(move || drop(sender.send(dish))));
    });
    let dish = receiver.await.unwrap_or_else(|_| Err(Burnt(String::new())));
    drop(slip);
    dish
}

fn main() {
    let kitchen = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    println!("{:?}", block_on(order(&kitchen, || "soup")));
    println!("{:?}", block_on(order(&kitchen, || "bread")));
}
