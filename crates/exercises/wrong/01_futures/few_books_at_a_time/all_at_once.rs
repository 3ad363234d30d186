// Joins them all: as many are under way as there are shelves.
// => failed the_bound_is_kept_and_used

use futures::executor::block_on;
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    for result in join_all(shelves.into_iter().map(|shelf| fetch(shelf))).await {
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
