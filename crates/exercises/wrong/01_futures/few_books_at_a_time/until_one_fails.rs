// Collects into a Result: the first failure drops all that are under way.
// => failed a_failure_keeps_no_other_from_coming

use futures::executor::block_on;
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let results = stream::iter(shelves).map(|shelf| fetch(shelf)).buffer_unordered(at_once);
    match results.try_collect().await {
        Ok(books) => (books, Vec::new()),
        Err(failure) => (Vec::new(), vec![failure]),
    }
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}
