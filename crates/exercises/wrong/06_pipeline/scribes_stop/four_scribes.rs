// Four scribes at most, however large the pool.
// => failed all_scribes_copy_at_the_same_time_and_nobody_else_does

use futures::executor::block_on;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;
#[allow(unused_imports)]
use rayon::iter::ParallelIterator as _;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Work<P, C, F> {
    book: Mutex<Option<Arc<(Vec<P>, F)>>>,
    next: AtomicUsize,
    pages: usize,
    copies: Mutex<BTreeMap<usize, C>>,
    tell: Mutex<Option<oneshot::Sender<Vec<C>>>>,
}

impl<P, C, F: Fn(&P) -> C> Work<P, C, F> {
    fn scribe(&self) {
        loop {
            let book = self.book.lock().unwrap().clone();
            let Some(book) = book else {
                return;
            };
            let page = self.next.fetch_add(1, Ordering::SeqCst);
            if page >= self.pages {
                return;
            }
            let copy = (book.1)(&book.0[page]);
            drop(book);
            let mut copies = self.copies.lock().unwrap();
            copies.insert(page, copy);
            if copies.len() == self.pages {
                let copies = std::mem::take(&mut *copies);
                self.close();
                if let Some(tell) = self.tell.lock().unwrap().take() {
                    let _ = tell.send(copies.into_values().collect());
                }
            }
        }
    }
}

impl<P, C, F> Work<P, C, F> {
    fn close(&self) {
        let book = self.book.lock().unwrap().take();
        drop(book);
    }
}

struct Customer<P, C, F>(Arc<Work<P, C, F>>);

impl<P, C, F> Drop for Customer<P, C, F> {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn copy<P, C>(
    scribes: &ThreadPool,
    book: Vec<P>,
    copy: impl Fn(&P) -> C + Send + Sync + 'static,
) -> Vec<C>
where
    P: Send + Sync + 'static,
    C: Send + 'static,
{
    let pages = book.len();
    if pages == 0 {
        return Vec::new();
    }
    let (tell, told) = oneshot::channel();
    let customer = Customer(Arc::new(Work {
        book: Mutex::new(Some(Arc::new((book, copy)))),
        next: AtomicUsize::new(0),
        pages,
        copies: Mutex::new(BTreeMap::new()),
        tell: Mutex::new(Some(tell)),
    }));
    for _ in 0..scribes.current_num_threads().min(pages).min(4) {
        let work = Arc::clone(&customer.0);
        scribes.spawn(move || work.scribe());
    }
    told.await.expect("the scribes copy all of it")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
