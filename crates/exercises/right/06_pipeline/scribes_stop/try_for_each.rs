// Stops with an error, and puts the copies into their cells.

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
        let mut copies: Vec<Option<C>> = book.iter().map(|_| None).collect();
        let all = book.par_iter().zip(&mut copies).try_for_each(|(it, cell)| {
            *cell = Some(page(it).ok_or(())?);
            Ok::<(), ()>(())
        });
        drop(book);
        if all.is_ok() {
            let _ = sender.send(copies.into_iter().flatten().collect());
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
