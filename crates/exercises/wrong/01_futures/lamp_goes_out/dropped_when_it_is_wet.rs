// A lamp that panics when it is put out is dropped.
// => failed a_panic_while_the_lamp_is_put_out_is_passed_on

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Burning<L> {
    lamp: Option<L>,
    keeper: UnboundedSender<L>,
    putting_out: bool,
}

impl<L> Drop for Burning<L> {
    fn drop(&mut self) {
        if self.putting_out && std::thread::panicking() {
            return;
        }
        if let Some(lamp) = self.lamp.take() {
            let _ = self.keeper.unbounded_send(lamp);
        }
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    let burning = Burning { lamp: Some(lamp), keeper, putting_out: false };
    async move {
        let work = work;
        let mut burning = burning;
        let result = work(burning.lamp.as_ref().unwrap()).await;
        burning.putting_out = true;
        burning.lamp.as_mut().unwrap().put_out().await;
        burning.lamp = None;
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
