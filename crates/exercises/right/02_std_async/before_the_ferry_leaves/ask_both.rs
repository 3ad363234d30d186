// Asks both in each poll, and then decides.

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
    let (mut board, mut leaves) = (pin!(board), pin!(leaves));
    poll_fn(|cx| match (board.as_mut().poll(cx), leaves.as_mut().poll(cx)) {
        (Poll::Ready(Ok(value)), _) => Poll::Ready(Ok(value)),
        (Poll::Ready(Err(why)), _) => Poll::Ready(Err(Ashore::Refused(why))),
        (Poll::Pending, left) => left.map(|()| Err(Ashore::Left)),
    })
    .await
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    for _ in 0..ferries {
        match in_time(board(), leaves()).await {
            Err(Ashore::Left) => {}
            end => return end,
        }
    }
    Err(Ashore::Left)
}

fn main() {
    let leaves = async || ();
    let board = async || std::future::pending::<Result<(), &str>>().await;
    let limit = std::time::Duration::from_secs(5);
    let run = move || futures::executor::block_on(any_of(2, board, leaves));
    println!("with a truck that does not start: {:?}", witness::within(limit, run));
}
