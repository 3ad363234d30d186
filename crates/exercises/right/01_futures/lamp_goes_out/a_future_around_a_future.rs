// Catches panics, and a guard is there for the drops.

use futures::channel::mpsc::UnboundedSender;

use futures::FutureExt;
use std::panic::{AssertUnwindSafe, resume_unwind};

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Held<L>(Option<(L, UnboundedSender<L>)>);

impl<L> Held<L> {
    fn hand_over(&mut self) {
        if let Some((lamp, keeper)) = self.0.take() {
            let _ = keeper.unbounded_send(lamp);
        }
    }
}

impl<L> Drop for Held<L> {
    fn drop(&mut self) {
        self.hand_over();
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    let mut held = Held(Some((lamp, keeper)));
    async move {
        let ended = {
            let (lamp, _) = held.0.as_mut().unwrap();
            let whole = async {
                let result = work(lamp).await;
                lamp.put_out().await;
                result
            };
            AssertUnwindSafe(whole).catch_unwind().await
        };
        match ended {
            Ok(result) => {
                held.0 = None;
                result
            }
            Err(panic) => {
                held.hand_over();
                resume_unwind(panic)
            }
        }
    }
}

struct Lantern(&'static str);

impl Lamp for Lantern {
    async fn put_out(&mut self) {
        tokio::task::yield_now().await;
        println!("the lantern of {} is out", self.0);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        use futures::{FutureExt, StreamExt, executor::block_on};
        let (keeper, mut lanterns) = futures::channel::mpsc::unbounded();
        let dig = async |lantern: &Lantern| format!("{} found coal", lantern.0);
        println!("{}", block_on(shift(Lantern("Ada"), keeper.clone(), dig)));
        let sleep = async |_: &Lantern| std::future::pending::<()>().await;
        assert!(shift(Lantern("Grace"), keeper.clone(), sleep).now_or_never().is_none());
        drop(shift(Lantern("Alan"), keeper, sleep));
        block_on(async {
            while let Some(mut lantern) = lanterns.next().await {
                println!("the keeper has the lantern of {}", lantern.0);
                lantern.put_out().await;
            }
        });
    });
}
