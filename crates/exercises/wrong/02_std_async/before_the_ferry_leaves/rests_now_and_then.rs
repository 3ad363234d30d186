// Wakes itself after each thirty-second ferry, so as to let others go first.
// => failed no_poll_that_nobody_asked_for

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
    let mut board = pin!(board);
    let mut leaves = pin!(leaves);
    poll_fn(|cx| {
        if let Poll::Ready(boarded) = board.as_mut().poll(cx) {
            return Poll::Ready(boarded.map_err(Ashore::Refused));
        }
        leaves.as_mut().poll(cx).map(|()| Err(Ashore::Left))
    })
    .await
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    for nth in 1..=ferries {
        match in_time(board(), leaves()).await {
            Err(Ashore::Left) => {}
            other => return other,
        }
        if nth % 32 == 0 {
            let mut rested = false;
            poll_fn(|cx| {
                if rested {
                    return Poll::Ready(());
                }
                rested = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
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
