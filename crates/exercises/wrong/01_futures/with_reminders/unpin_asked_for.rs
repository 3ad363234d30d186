// Takes the compiler's suggestion: now no async block is accepted as work.
// => did not compile E0277

use futures::executor::block_on;
use futures::future::{Either, join, select};
use std::pin::pin;

async fn with_reminders<T>(
    mut work: impl Future<Output = T> + Unpin,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    loop {
        match select(&mut work, Box::pin(interval())).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), _)) => remind(),
        }
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
