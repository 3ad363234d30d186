// Lets the day come to its end before it panics.
// => failed a_panic_ends_the_camp

use futures::future::BoxFuture;
use std::panic::resume_unwind;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[derive(Clone)]
struct Camp {
    /// Errands on which nobody was sent yet. `camp` has the other end.
    errands: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
}

impl Camp {
    fn send_out(&self, errand: impl Future<Output = ()> + Send + 'static) {
        // Nobody takes it when the camp is over.
        let _ = self.errands.send(Box::pin(errand));
    }
}

async fn camp<T>(day: impl AsyncFnOnce(&Camp) -> T) -> T {
    let (errands, mut next) = mpsc::unbounded_channel();
    let camp = Camp { errands };
    // The block owns the day's `Camp`: when the day has ended, it is gone.
    let mut day = Box::pin(async move { day(&camp).await });
    let (mut tasks, mut value, mut more) = (JoinSet::new(), None, true);
    let panic = loop {
        tokio::select! {
            Some(end) = tasks.join_next() => if let Err(error) = end {
                break error.into_panic();
            },
            errand = next.recv(), if more => match errand {
                Some(errand) => drop(tasks.spawn(errand)),
                None => more = false,
            },
            ended = &mut day, if value.is_none() => value = Some(ended),
            else => return value.expect("its `Camp` is gone, so the day has ended"),
        }
    };
    if value.is_none() {
        day.await;
    }
    tasks.shutdown().await;
    resume_unwind(panic)
}

fn main() {
    witness::within(Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let said = camp(async |camp| {
        let same = camp.clone();
        camp.send_out(async move {
            println!("wood is there");
            same.send_out(async { println!("the fire burns") });
        });
        "the day is over"
    });
    println!("{}", said.await);
}
