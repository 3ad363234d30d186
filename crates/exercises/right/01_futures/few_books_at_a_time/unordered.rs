// `FuturesUnordered`, filled up by hand.

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    let mut shelves = shelves.into_iter();
    let mut under_way: stream::FuturesUnordered<_> =
        shelves.by_ref().take(at_once).map(|shelf| fetch(shelf)).collect();
    while let Some(result) = under_way.next().await {
        under_way.extend(shelves.next().map(|shelf| fetch(shelf)));
        match result {
            Ok(book) => books.push(book),
            Err(failure) => failures.push(failure),
        }
    }
    (books, failures)
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}
