// Waits for the errands that the day has sent out, and for none that came later.
// => failed who_is_sent_out_late_is_waited_for

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
    let mut day = Box::pin(async move { day(&camp).await });
    let mut tasks = JoinSet::new();
    let value = loop {
        tokio::select! {
            biased;
            Some(end) = tasks.join_next() => if let Err(error) = end {
                drop(day);
                tasks.shutdown().await;
                resume_unwind(error.into_panic());
            },
            Some(errand) = next.recv() => drop(tasks.spawn(errand)),
            value = &mut day => break value,
        }
    };
    while let Ok(errand) = next.try_recv() {
        tasks.spawn(errand);
    }
    while let Some(end) = tasks.join_next().await {
        if let Err(error) = end {
            tasks.shutdown().await;
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
