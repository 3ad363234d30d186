// After a failure nobody sets off until a book is back.
// => failed no_place_is_left_empty

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let mut shelves = shelves.into_iter();
    let mut under_way = stream::FuturesUnordered::new();
    for shelf in shelves.by_ref().take(at_once) {
        under_way.push(fetch(shelf));
    }
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    let mut empty = 0;
    while let Some(result) = under_way.next().await {
        empty += 1;
        let failed = result.is_err();
        match result {
            Ok(book) => books.push(book),
            Err(failure) => failures.push(failure),
        }
        if !failed || under_way.is_empty() {
            for shelf in shelves.by_ref().take(empty) {
                under_way.push(fetch(shelf));
            }
            empty = 0;
        }
    }
    drop(under_way);
    (books, failures)
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}
