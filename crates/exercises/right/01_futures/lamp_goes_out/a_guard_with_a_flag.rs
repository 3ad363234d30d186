// A flag says whether it burns; the lamp is taken out of the guard in any case.

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Guard<L> {
    lamp: Option<L>,
    burns: bool,
    keeper: UnboundedSender<L>,
}

impl<L> Drop for Guard<L> {
    fn drop(&mut self) {
        let lamp = self.lamp.take();
        if self.burns && !self.keeper.is_closed() {
            lamp.map(|lamp| self.keeper.unbounded_send(lamp));
        }
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    let guard = Guard { lamp: Some(lamp), burns: true, keeper };
    guarded(guard, work)
}

async fn guarded<L: Lamp, T>(mut guard: Guard<L>, work: impl AsyncFnOnce(&L) -> T) -> T {
    let result = match &guard.lamp {
        Some(lamp) => work(lamp).await,
        None => unreachable!("it is taken in drop"),
    };
    if let Some(lamp) = &mut guard.lamp {
        lamp.put_out().await;
    }
    guard.burns = false;
    result
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
