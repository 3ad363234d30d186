// Leaves the day to the panic, which drops it after it has begun.
// => failed the_day_is_gone_before_the_camp_panics

use futures::future::BoxFuture;
use std::panic::resume_unwind;
use std::time::Duration;
use tokio::sync::mpsc;

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
    use tokio::task::JoinSet;
    let (errands, mut sent) = mpsc::unbounded_channel::<BoxFuture<'static, ()>>();
    let mut set = JoinSet::new();
    let camp = Camp { errands };
    let mut day = Box::pin(async move {
        let value = day(&camp).await;
        drop(camp);
        value
    });
    let mut said = None;
    let mut open = true;
    while open || said.is_none() || !set.is_empty() {
        tokio::select! {
            value = &mut day, if said.is_none() => said = Some(value),
            errand = sent.recv(), if open => match errand {
                Some(errand) => drop(set.spawn(errand)),
                None => open = false,
            },
            Some(ended) = set.join_next() => {
                if let Err(error) = ended
                    && error.is_panic()
                {

                    set.shutdown().await;
                    resume_unwind(error.into_panic());
                }
            }
        }
    }
    said.expect("the day has ended")
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
