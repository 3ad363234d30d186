// An interval that is over at once counts as the one before.
// => failed it_reminds_and_then_begins_the_next_interval

use futures::executor::block_on;
use futures::future::{Either, select};

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    use std::task::Poll;
    let mut work = std::pin::pin!(work);
    let mut running = Box::pin(interval());
    std::future::poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(done);
        }
        if running.as_mut().poll(cx).is_ready() {
            remind();
            running = Box::pin(interval());
            if running.as_mut().poll(cx).is_ready() {
                // Over at once: it counts as the one before.
                running = Box::pin(interval());
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    })
    .await
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let work = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            "done"
        };
        let interval = async || tokio::task::yield_now().await;
        println!("{}", block_on(with_reminders(work, interval, || println!("do not forget"))));
    });
}
