// Waits for the scribes with the thread of the customer.
// => failed a_customer_does_not_wait_with_the_thread

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
    scribes.install(|| book.par_iter().map(copy).collect())
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
