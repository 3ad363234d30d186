// Begins the next interval, and reminds then.
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
        while running.as_mut().poll(cx).is_ready() {
            running = Box::pin(interval());
            let mut over = running.as_mut().poll(cx).is_ready();
            remind();
            while over {
                running = Box::pin(interval());
                over = running.as_mut().poll(cx).is_ready();
                remind();
            }
            break;
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
