// When the ferry leaves, the boarding is asked once more.
// => failed a_poll_asks_the_boarding_once

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
    let (mut leaves, mut board) = (pin!(leaves), pin!(board));
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = board.as_mut().poll(cx) {
            return Poll::Ready(outcome.map_err(Ashore::Refused));
        }
        if leaves.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        match board.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(outcome.map_err(Ashore::Refused)),
            Poll::Pending => Poll::Ready(Err(Ashore::Left)),
        }
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
            outcome => return outcome,
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

