// By hand: the work is asked first in each poll.

use futures::executor::block_on;
use std::pin::pin;

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let (mut work, mut pause) = (pin!(work), Box::pin(interval()));
    std::future::poll_fn(|cx| {
        loop {
            if let std::task::Poll::Ready(done) = work.as_mut().poll(cx) {
                return std::task::Poll::Ready(done);
            }
            std::task::ready!(pause.as_mut().poll(cx));
            remind();
            pause = Box::pin(interval());
        }
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
