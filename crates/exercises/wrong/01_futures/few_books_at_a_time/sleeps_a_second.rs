// Looks once a second with a waker that does nothing.
// => failed no_place_is_left_empty

use futures::executor::block_on;

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    let (mut shelves, mut under_way) = (shelves.into_iter(), Vec::new());
    loop {
        under_way.extend(
            shelves.by_ref().take(at_once - under_way.len()).map(|shelf| Box::pin(fetch(shelf))),
        );
        if under_way.is_empty() {
            break;
        }
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        under_way.retain_mut(|fetch| match fetch.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(Ok(book)) => (books.push(book), false).1,
            std::task::Poll::Ready(Err(failure)) => (failures.push(failure), false).1,
            std::task::Poll::Pending => true,
        });
        if under_way.len() == at_once || shelves.len() == 0 {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
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
