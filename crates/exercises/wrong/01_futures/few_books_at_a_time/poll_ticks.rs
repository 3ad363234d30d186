// Polls with a noop waker each 10 ms instead of being woken.
// => failed no_place_is_left_empty

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    use std::task::{Context, Poll, Waker};
    let mut shelves = shelves.into_iter();
    let mut under_way = Vec::new();
    let mut results = Vec::new();
    loop {
        while under_way.len() < at_once {
            let Some(shelf) = shelves.next() else { break };
            under_way.push(Box::pin(fetch(shelf)));
        }
        if under_way.is_empty() {
            break;
        }
        let before = under_way.len();
        under_way.retain_mut(|fetch| match fetch.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => { results.push(result); false }
            Poll::Pending => true,
        });
        if under_way.len() == before {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
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
