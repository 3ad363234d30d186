// A job for each page, in the order in which they end.
// => failed the_copies_are_in_order_and_each_page_is_copied_once

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
    let (sender, mut receiver) = tokio::sync::mpsc::channel(book.len().max(1));
    let (book, copy) = (std::sync::Arc::new(book), std::sync::Arc::new(copy));
    for nth in 0..book.len() {
        let (book, copy, sender) = (book.clone(), copy.clone(), sender.clone());
        scribes.spawn(move || {
            if !sender.is_closed() {
                let _ = sender.try_send(copy(&book[nth]));
            }
        });
    }
    drop(sender);
    let mut copies = Vec::new();
    while let Some(copied) = receiver.recv().await {
        copies.push(copied);
    }
    copies
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
