// Hands over the first line of what the cook said.
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
    let (hatch, guest) = oneshot::channel();
    kitchen.spawn(move || {
        if hatch.is_closed() {
            return;
        }
        let cooked = catch_unwind(AssertUnwindSafe(dish))
            .map_err(|said| Burnt(words(&*said).lines().next().unwrap_or_default().to_owned()));
        let _ = hatch.send(cooked);
    });
    guest.await.expect("the cook says something")
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
