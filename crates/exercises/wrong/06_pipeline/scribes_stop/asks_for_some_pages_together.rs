// Asks once for some pages together whether the customer is there.
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
    let (tell, told) = oneshot::channel::<Vec<C>>();
    let some = book.len() / (16 * scribes.current_num_threads()) + 1;
    scribes.spawn(move || {
        let there = || if tell.is_closed() { None } else { Some(()) };
        let copies: Option<Vec<Vec<C>>> = book
            .par_chunks(some)
            .with_max_len(1)
            .map(|pages| there().map(|()| pages.iter().map(|page| copy(page)).collect()))
            .collect();
        drop(book);
        if let Some(copies) = copies {
            let _ = tell.send(copies.into_iter().flatten().collect());
        }
    });
    told.await.expect("the scribes copy all of it")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
