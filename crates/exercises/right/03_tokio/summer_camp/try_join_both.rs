// The day and the errands as two futures, and a panic is the error of one.

use futures::future::{BoxFuture, try_join};
use std::any::Any;
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
    let (errands, mut sent) = mpsc::unbounded_channel();
    let mut out = JoinSet::new();
    let day = async move {
        let camp = Camp { errands };
        Ok::<T, Box<dyn Any + Send>>(day(&camp).await)
    };
    let all = async {
        loop {
            tokio::select! {
                Some(errand) = sent.recv() => {
                    out.spawn(errand);
                }
                Some(ended) = out.join_next() => ended.map_err(|e| e.into_panic())?,
                else => return Ok::<(), Box<dyn Any + Send>>(()),
            }
        }
    };
    let end = try_join(day, all).await;
    match end {
        Ok((said, ())) => said,
        Err(panic) => {
            drop(sent);
            out.shutdown().await;
            resume_unwind(panic)
        }
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
