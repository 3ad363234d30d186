// If the guest has left when the dish burns, the panic goes on.
// => failed a_dish_may_burn_when_its_guest_has_left

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

async fn order<T: Send + 'static>(
    kitchen: &ThreadPool,
    dish: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Burnt> {
    let (sender, receiver) = oneshot::channel();
    kitchen.spawn(move || {
        if sender.is_closed() {
            return;
        }
        match catch_unwind(AssertUnwindSafe(dish)) {
            Ok(dish) => drop(sender.send(Ok(dish))),
            Err(said) => {
                if sender.send(Err(Burnt(words(&*said)))).is_err() {
                    std::panic::resume_unwind(said);
                }
            }
        }
    });
    receiver.await.unwrap_or_else(|_| Err(Burnt(String::new())))
}

fn main() {
    let kitchen = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    println!("{:?}", block_on(order(&kitchen, || "soup")));
    println!("{:?}", block_on(order(&kitchen, || "bread")));
}
