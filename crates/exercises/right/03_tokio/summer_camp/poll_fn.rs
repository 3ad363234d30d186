// All three are asked in one `poll_fn`.

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
    use std::task::Poll;
    let (errands, mut next) = mpsc::unbounded_channel();
    let camp = Camp { errands };
    let mut running = Some(Box::pin(async move { day(&camp).await }));
    let (mut tasks, mut value) = (JoinSet::new(), None);
    let panic = std::future::poll_fn(|cx| {
        if let Some(day) = &mut running
            && let Poll::Ready(ended) = day.as_mut().poll(cx)
        {
            (running, value) = (None, Some(ended));
        }
        let mut more = true;
        while let Poll::Ready(errand) = next.poll_recv(cx) {
            match errand {
                Some(errand) => drop(tasks.spawn(errand)),
                None => {
                    more = false;
                    break;
                }
            }
        }
        loop {
            match tasks.poll_join_next(cx) {
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(error.into_panic())),
                Poll::Ready(None) if !more && value.is_some() => return Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    });
    match panic.await {
        None => value.expect("the day has ended"),
        Some(said) => {
            drop(running);
            tasks.shutdown().await;
            resume_unwind(said)
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
