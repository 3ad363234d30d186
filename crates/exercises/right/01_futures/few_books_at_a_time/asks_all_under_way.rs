// By hand: whenever it is woken, it asks all that are under way.

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let mut shelves = shelves.into_iter();
    let mut under_way = Vec::new();
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    std::future::poll_fn(|cx| {
        let mut nth = 0;
        loop {
            while under_way.len() < at_once {
                let Some(shelf) = shelves.next() else { break };
                under_way.push(Box::pin(fetch(shelf)));
            }
            if nth >= under_way.len() {
                break;
            }
            match under_way[nth].as_mut().poll(cx) {
                std::task::Poll::Pending => nth += 1,
                std::task::Poll::Ready(result) => {
                    // The last one of the list, not yet asked in this poll, takes the place.
                    drop(under_way.swap_remove(nth));
                    match result {
                        Ok(book) => books.push(book),
                        Err(failure) => failures.push(failure),
                    }
                }
            }
        }
        if under_way.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
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
