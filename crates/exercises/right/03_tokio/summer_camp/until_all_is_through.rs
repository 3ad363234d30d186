// A loop that ends when all is through, and a `Result` in it.

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
    let mut tasks = JoinSet::new();
    let lived = {
        let mut day = std::pin::pin!(async move { day(&camp).await });
        let (mut value, mut more) = (None, true);
        loop {
            if !more && tasks.is_empty() && value.is_some() {
                break Ok(value.unwrap());
            }
            tokio::select! {
                biased;
                errand = next.recv(), if more => match errand {
                    Some(errand) => {
                        tasks.spawn(errand);
                    }
                    None => more = false,
                },
                end = tasks.join_next(), if !tasks.is_empty() => {
                    if let Some(Err(error)) = end {
                        break Err(error.into_panic());
                    }
                }
                ended = &mut day, if value.is_none() => value = Some(ended),
            }
        }
    };
    match lived {
        Ok(value) => value,
        Err(said) => {
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
