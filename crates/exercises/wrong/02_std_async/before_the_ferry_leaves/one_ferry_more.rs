// Boards one ferry more than there are.
// => failed without_a_ferry_nobody_boards

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
    // The boarding is asked first: at the last moment is in time.
    poll_fn(|cx| match board.as_mut().poll(cx) {
        Poll::Ready(boarded) => Poll::Ready(boarded.map_err(Ashore::Refused)),
        Poll::Pending => leaves.as_mut().poll(cx).map(|()| Err(Ashore::Left)),
    })
    .await
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    for _ in 0..=ferries {
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
