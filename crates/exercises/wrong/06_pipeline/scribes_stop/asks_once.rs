// Asks whether the customer is there before the first page, and never again.
// => failed no_page_is_begun_when_the_customer_has_left

use futures::executor::block_on;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn copy<P, C>(
    scribes: &ThreadPool,
    book: Vec<P>,
    copy: impl Fn(&P) -> C + Send + Sync + 'static,
) -> Vec<C>
where
    P: Send + Sync + 'static,
    C: Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    scribes.spawn(move || {
        if !sender.is_closed() {
            let _ = sender.send(book.par_iter().map(copy).collect());
        }
    });
    receiver.await.expect("to copy does not panic")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
