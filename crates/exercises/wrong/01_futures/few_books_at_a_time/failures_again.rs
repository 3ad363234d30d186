// Goes to a shelf again when there was a failure.
// => failed a_failure_keeps_no_other_from_coming

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    let mut results = stream::iter(shelves)
        .map(async |shelf| match fetch(shelf).await {
            Ok(book) => Ok(book),
            Err(_) => fetch(shelf).await,
        })
        .buffer_unordered(at_once);
    while let Some(result) = results.next().await {
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
