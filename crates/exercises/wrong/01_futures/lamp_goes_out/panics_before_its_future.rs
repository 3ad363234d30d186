// Work that panics when it is called, before its future is there, takes the lamp along.
// => failed when_the_work_panics_the_lamp_goes_to_the_keeper

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Burning<L>(Option<L>, UnboundedSender<L>, std::cell::Cell<bool>);

impl<L> Drop for Burning<L> {
    fn drop(&mut self) {
        if let Some(lamp) = self.0.take()
            && self.2.get()
        {
            let _ = self.1.unbounded_send(lamp);
        }
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    let mut burning = Burning(Some(lamp), keeper, std::cell::Cell::new(true));
    async move {
        burning.2.set(false);
        let working = work(burning.0.as_ref().expect("it burns"));
        burning.2.set(true);
        let result = working.await;
        burning.0.as_mut().expect("it burns").put_out().await;
        burning.0 = None;
        result
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

