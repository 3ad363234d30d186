// The errands belong to a task of their own, which nobody ends with the camp.
// => failed nobody_is_left_when_the_camp_is_dropped

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
    let (errands, mut next) = mpsc::unbounded_channel::<BoxFuture<'static, ()>>();
    let camp = Camp { errands };
    let mut watch = tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                Some(end) = tasks.join_next() => if let Err(error) = end {
                    tasks.shutdown().await;
                    resume_unwind(error.into_panic());
                },
                Some(errand) = next.recv() => drop(tasks.spawn(errand)),
                else => return,
            }
        }
    });
    let mut day = Box::pin(async move { day(&camp).await });
    let value = tokio::select! {
        biased;
        Err(error) = &mut watch => {
            drop(day);
            resume_unwind(error.into_panic())
        }
        value = &mut day => value,
    };
    drop(day);
    match watch.await {
        Ok(()) => value,
        Err(error) => resume_unwind(error.into_panic()),
    }
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
