// A thread that waits for the scribes, and then wakes the customer.
// => failed the_customer_is_woken_by_a_scribe_when_all_is_copied

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
        // Asked before each page. The first `None` also keeps the pool from going on.
        let page = |page| (!sender.is_closed()).then(|| copy(page));
        let copies: Option<Vec<C>> = book.par_iter().map(page).collect();
        if let Some(copies) = copies {
            // The customer may have left in the meantime.
            let _ = sender.send(copies);
        }
    });
    let (again, last) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = again.send(receiver.blocking_recv());
    });
    last.await.unwrap().expect("to copy does not panic")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
