// Tokio::select! at random: reminds of work that is done, half of the time.
// => failed work_that_ends_with_an_interval_is_not_reminded_of

use futures::executor::block_on;
use futures::future::{Either, select};

async fn with_reminders<T>(
    mut work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = interval() => remind(),
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
