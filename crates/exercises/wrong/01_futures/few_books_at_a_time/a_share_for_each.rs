// Deals the shelves out to carriers beforehand: one is done, and another has three to go.
// => failed no_place_is_left_empty

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let mut shares: Vec<Vec<u32>> = vec![Vec::new(); at_once];
    for (nth, shelf) in shelves.into_iter().enumerate() {
        shares[nth % at_once].push(shelf);
    }
    let carry = async |share: Vec<u32>| {
        let mut results = Vec::new();
        for shelf in share {
            results.push(fetch(shelf).await);
        }
        results
    };
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    for result in
        futures::future::join_all(shares.into_iter().map(carry)).await.into_iter().flatten()
    {
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
