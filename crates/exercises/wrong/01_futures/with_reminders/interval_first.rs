// Asks for the interval first: reminds of work that ends at the same moment.
// => failed work_that_ends_with_an_interval_is_not_reminded_of

use futures::executor::block_on;
use futures::future::{Either, select};
use std::pin::pin;

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let mut work = pin!(work);
    loop {
        match select(pin!(interval()), work.as_mut()).await {
            Either::Right((done, _)) => return done,
            Either::Left(((), _)) => remind(),
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
