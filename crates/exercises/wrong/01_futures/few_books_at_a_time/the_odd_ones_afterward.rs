// Those shelves that fill no whole round wait until all others are done.
// => failed no_place_is_left_empty

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let mut first = shelves;
    let rest = first.len() % at_once;
    let last = if first.len() > 4 * at_once { first.split_off(first.len() - rest) } else { Vec::new() };
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    for shelves in [first, last] {
        let mut under_way =
            stream::iter(shelves).map(|shelf| fetch(shelf)).buffer_unordered(at_once);
        while let Some(result) = under_way.next().await {
            match result {
                Ok(book) => books.push(book),
                Err(failure) => failures.push(failure),
            }
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
