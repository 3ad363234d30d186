// Panics anew, with the text of the errand's panic.
// => failed the_panic_is_the_first_and_is_passed_on_as_it_is

use futures::future::BoxFuture;
use std::pin::pin;
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
    let mut said = None;
    let panic = {
        let mut day = pin!(async move {
            let camp = Camp { errands };
            day(&camp).await
        });
        loop {
            tokio::select! {
                biased;
                Some(errand) = sent.recv() => {
                    out.spawn(errand);
                }
                Some(ended) = out.join_next() => {
                    if let Err(e) = ended {
                        break e.into_panic();
                    }
                }
                end = &mut day, if said.is_none() => said = Some(end),
                else => return said.expect("the day has ended"),
            }
        }
    };
    drop(sent);
    out.shutdown().await;
    match panic.downcast::<&str>() {
        Ok(text) => panic!("{text}"),
        Err(other) => match other.downcast::<String>() {
            Ok(text) => panic!("{text}"),
            Err(_) => panic!("an errand has panicked"),
        },
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
