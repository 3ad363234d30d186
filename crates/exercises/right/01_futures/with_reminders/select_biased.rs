// `select_biased!`, which asks in order.

use futures::executor::block_on;
use futures::future::{Either, select};

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    use futures::FutureExt;
    let mut work = std::pin::pin!(work.fuse());
    loop {
        let mut next = std::pin::pin!(interval().fuse());
        futures::select_biased! {
            done = work.as_mut() => return done,
            () = next.as_mut() => remind(),
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
