// Asks once for eight pages.
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
        // Asked before each page. The first `None` also keeps the pool from going on.
        let chapter = |pages: &[P]| {
            (!sender.is_closed()).then(|| pages.iter().map(&copy).collect::<Vec<_>>())
        };
        let chapters: Option<Vec<Vec<C>>> =
            book.par_chunks(8).with_max_len(1).map(chapter).collect();
        let copies = chapters.map(|chapters| chapters.into_iter().flatten().collect());
        if let Some(copies) = copies {
            // The customer may have left in the meantime.
            let _ = sender.send(copies);
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
