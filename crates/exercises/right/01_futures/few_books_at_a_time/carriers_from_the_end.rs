// Each carrier takes the last shelf that is left.

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    use std::cell::{Cell, RefCell};
    let carriers = at_once.min(shelves.len());
    let left = Cell::new(shelves);
    let next = || {
        let mut shelves = left.take();
        let shelf = shelves.pop();
        left.set(shelves);
        shelf
    };
    let back = RefCell::new((Vec::new(), Vec::new()));
    let carry = async || {
        while let Some(shelf) = next() {
            match fetch(shelf).await {
                Ok(book) => back.borrow_mut().0.push(book),
                Err(failure) => back.borrow_mut().1.push(failure),
            }
        }
    };
    {
        let mut all: stream::FuturesUnordered<_> = (0..carriers).map(|_| carry()).collect();
        while all.next().await.is_some() {}
    }
    back.take()
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}
