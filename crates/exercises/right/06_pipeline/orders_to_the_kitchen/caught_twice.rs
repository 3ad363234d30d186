// Catches the panic, and the sending as well.

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
    // every panic is caught twice and the second hides the first
    let (plate, served) = oneshot::channel();
    kitchen.spawn(move || {
        if plate.is_closed() { return; }
        let cooked = catch_unwind(AssertUnwindSafe(dish));
        let _ = catch_unwind(AssertUnwindSafe(move || { let _ = plate.send(cooked); }));
    });
    match served.await {
        Ok(Ok(d)) => Ok(d),
        Ok(Err(said)) => Err(Burnt(words(&*said))),
        Err(_) => Err(Burnt(String::new())),
    }
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
