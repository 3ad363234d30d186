// Reminders as a future of their own.

use futures::executor::block_on;
use futures::future::{Either, select};

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let reminders = async {
        loop {
            interval().await;
            remind();
        }
    };
    let (work, reminders) = (std::pin::pin!(work), std::pin::pin!(reminders));
    match select(work, reminders).await {
        Either::Left((done, _)) => done,
        Either::Right((never, _)) => never,
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
