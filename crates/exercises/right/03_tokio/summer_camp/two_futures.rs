// One future for the day, one for the errands, joined.

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
    let (errands, next) = mpsc::unbounded_channel();
    let camp = Camp { errands };
    let day = async move { Ok(day(&camp).await) };
    let mut tasks = JoinSet::new();
    let joined = tokio::try_join!(day, watch(next, &mut tasks));
    match joined {
        Ok((value, ())) => value,
        Err(said) => {
            tasks.shutdown().await;
            resume_unwind(said)
        }
    }
}

type Said = Box<dyn std::any::Any + Send>;

async fn watch(
    mut next: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>,
    tasks: &mut JoinSet<()>,
) -> Result<(), Said> {
    loop {
        tokio::select! {
            Some(errand) = next.recv() => {
                tasks.spawn(errand);
            }
            Some(end) = tasks.join_next() => end.map_err(|error| error.into_panic())?,
            else => return Ok(()),
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
