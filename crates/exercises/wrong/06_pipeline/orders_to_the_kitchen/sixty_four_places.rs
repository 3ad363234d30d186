// Counts the guests at 64 places, by the number of their order.
// => failed of_many_guests_some_leave

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
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

static ORDERS: AtomicUsize = AtomicUsize::new(0);
static THERE: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];

struct Guest(usize);

impl Drop for Guest {
    fn drop(&mut self) {
        THERE[self.0 % 64].fetch_sub(1, Ordering::SeqCst);
    }
}

async fn order<T: Send + 'static>(
    kitchen: &ThreadPool,
    dish: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Burnt> {
    let number = ORDERS.fetch_add(1, Ordering::SeqCst);
    THERE[number % 64].fetch_add(1, Ordering::SeqCst);
    let guest = Guest(number);
    let (sender, receiver) = oneshot::channel();
    kitchen.spawn(move || {
        if THERE[number % 64].load(Ordering::SeqCst) == 0 {
            return;
        }
        let dish = catch_unwind(AssertUnwindSafe(dish));
        let _ = sender.send(dish.map_err(|said| Burnt(words(&*said))));
    });
    let dish = receiver.await.unwrap_or_else(|_| Err(Burnt(String::new())));
    drop(guest);
    dish
}

fn main() {
    let kitchen = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    println!("{:?}", block_on(order(&kitchen, || "soup")));
    println!("{:?}", block_on(order(&kitchen, || "bread")));
}
