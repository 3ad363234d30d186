// A semaphore for all.

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let places = tokio::sync::Semaphore::new(at_once);
    let (places, fetch) = (&places, &fetch);
    let all = shelves.into_iter().map(|shelf| async move {
        let _place = places.acquire().await.expect("it is never closed");
        fetch(shelf).await
    });
    let results = futures::future::join_all(all).await;
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
