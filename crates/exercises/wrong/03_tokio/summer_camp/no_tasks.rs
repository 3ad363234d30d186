// Runs all errands in the task of the camp.
// => failed each_errand_has_a_task_of_its_own

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
    use futures::stream::{FuturesUnordered, StreamExt};
    let (errands, mut next) = mpsc::unbounded_channel();
    let camp = Camp { errands };
    let mut day = Box::pin(async move { day(&camp).await });
    let (mut out, mut value, mut more) = (FuturesUnordered::new(), None, true);
    loop {
        tokio::select! {
            Some(()) = out.next() => {}
            errand = next.recv(), if more => match errand {
                Some(errand) => out.push(errand),
                None => more = false,
            },
            ended = &mut day, if value.is_none() => value = Some(ended),
            else => return value.unwrap(),
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
