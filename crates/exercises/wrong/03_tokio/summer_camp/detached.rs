// Tasks that belong to nobody, which it waits for one after the other.
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
    let run = async move { day(&camp).await };
    let take = async {
        let mut tasks = Vec::new();
        while let Some(errand) = next.recv().await {
            tasks.push(tokio::spawn(errand));
        }
        tasks
    };
    let (value, tasks) = tokio::join!(run, take);
    for task in tasks {
        if let Err(error) = task.await {
            resume_unwind(error.into_panic());
        }
    }
    value
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
