// Looks at the work after each interval: it is not begun before, and ends late.
// => failed short_work_is_not_reminded_of

use futures::executor::block_on;
use futures::future::{Either, join, select};
use std::pin::pin;

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    use futures::FutureExt;
    let mut work = Box::pin(work);
    loop {
        interval().await;
        if let Some(done) = work.as_mut().now_or_never() {
            return done;
        }
        remind();
    }
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
