// Catches panics where the guest waits. The cook panics somewhere else.
// => failed a_burnt_dish_is_an_error_with_the_words_of_the_cook

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
    let (sender, receiver) = oneshot::channel();
    kitchen.spawn(move || {
        if sender.is_closed() {
            return;
        }
        // The guest may have left meanwhile.
        let _ = sender.send(dish());
    });
    let waiting = async { receiver.await.expect("a cook always answers who waits") };
    let cooked = futures::FutureExt::catch_unwind(AssertUnwindSafe(waiting)).await;
    cooked.map_err(|said| Burnt(words(&*said)))
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
