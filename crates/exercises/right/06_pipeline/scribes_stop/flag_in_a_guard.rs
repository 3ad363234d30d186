// A flag that is set when the customer is dropped.

use futures::executor::block_on;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    struct Leaves(Arc<AtomicBool>);
    impl Drop for Leaves {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (sender, receiver) = oneshot::channel();
    let leaves = Leaves(Arc::new(AtomicBool::new(false)));
    let left = leaves.0.clone();
    scribes.spawn(move || {
        // Asked before each page. The first `None` also keeps the pool from going on.
        let page = |page| (!left.load(Ordering::Relaxed)).then(|| copy(page));
        let copies: Option<Vec<C>> = book.par_iter().map(page).collect();
        if let Some(copies) = copies {
            // The customer may have left in the meantime.
            let _ = sender.send(copies);
        }
    });
    let copies = receiver.await.expect("to copy does not panic");
    drop(leaves);
    copies
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
