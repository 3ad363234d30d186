// No `JoinSet`: `FuturesUnordered` of handles that end their tasks when they are dropped.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

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

/// Ends its errand when it is dropped.
struct Leash(JoinHandle<()>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Future for Leash {
    type Output = Result<(), JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

async fn camp<T>(day: impl AsyncFnOnce(&Camp) -> T) -> T {
    let (errands, mut sent) = mpsc::unbounded_channel();
    let mut out = FuturesUnordered::<Leash>::new();
    let panic = {
        let mut said = None;
        let mut day = pin!(async move {
            let camp = Camp { errands };
            day(&camp).await
        });
        loop {
            tokio::select! {
                biased;
                Some(ended) = out.next() => {
                    if let Err(e) = ended {
                        break e.into_panic();
                    }
                }
                Some(errand) = sent.recv() => out.push(Leash(tokio::spawn(errand))),
                end = &mut day, if said.is_none() => said = Some(end),
                else => return said.expect("the day has ended"),
            }
        }
    };
    sent.close();
    while sent.try_recv().is_ok() {}
    for errand in &out {
        errand.0.abort();
    }
    while out.next().await.is_some() {}
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
