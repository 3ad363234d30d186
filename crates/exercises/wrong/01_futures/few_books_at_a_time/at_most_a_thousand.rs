// Nobody needs more than a thousand places, it thinks.
// => failed many_places_are_all_used

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let mut under_way =
        stream::iter(shelves).map(|shelf| fetch(shelf)).buffer_unordered(at_once.min(1_000));
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    while let Some(result) = under_way.next().await {
        match result {
            Ok(book) => books.push(book),
            Err(failure) => failures.push(failure),
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
