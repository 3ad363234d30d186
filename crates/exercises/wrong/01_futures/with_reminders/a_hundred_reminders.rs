// After a hundred reminders it waits for the work alone.
// => failed it_reminds_while_the_work_goes_on

use futures::executor::block_on;
use futures::future::{Either, select};

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let mut work = std::pin::pin!(work);
    for _ in 0..100 {
        let next = std::pin::pin!(interval());
        match select(work.as_mut(), next).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), _)) => remind(),
        }
    }
    work.await
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
