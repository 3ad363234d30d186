// Select of futures, in order.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

#[derive(Debug, PartialEq)]
enum Ashore<E> {
    /// All ferries have left.
    Left,
    /// There was a ferry, and this is why it did not take us.
    Refused(E),
}

async fn in_time<T, E>(
    board: impl Future<Output = Result<T, E>>,
    leaves: impl Future<Output = ()>,
) -> Result<T, Ashore<E>> {
    use futures::future::{Either, select};
    match select(pin!(board), pin!(leaves)).await {
        Either::Left((Ok(value), _)) => Ok(value),
        Either::Left((Err(why), _)) => Err(Ashore::Refused(why)),
        Either::Right(((), _)) => Err(Ashore::Left),
    }
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    let mut end = Err(Ashore::Left);
    for _ in 0..ferries {
        end = in_time(board(), leaves()).await;
        if !matches!(end, Err(Ashore::Left)) {
            break;
        }
    }
    end
}

fn main() {
    let leaves = async || ();
    let board = async || std::future::pending::<Result<(), &str>>().await;
    let limit = std::time::Duration::from_secs(5);
    let run = move || futures::executor::block_on(any_of(2, board, leaves));
    println!("with a truck that does not start: {:?}", witness::within(limit, run));
}
