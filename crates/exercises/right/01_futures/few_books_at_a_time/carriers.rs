// Each carrier takes the next shelf.

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    use std::cell::RefCell;
    let (queue, results) = (RefCell::new(shelves.into_iter()), RefCell::new(Vec::new()));
    let carrier = async || {
        loop {
            let Some(shelf) = queue.borrow_mut().next() else { break };
            let result = fetch(shelf).await;
            results.borrow_mut().push(result);
        }
    };
    futures::future::join_all((0..at_once).map(|_| carrier())).await;
    let results = results.into_inner();
    let mut both = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(book) => both.0.push(book),
            Err(failure) => both.1.push(failure),
        }
    }
    both
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}
