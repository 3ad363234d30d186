// Makes the future that puts the lamp out, and never polls it.
// => failed after_the_work_the_lamp_is_out_and_the_result_is_there

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Burning<L> {
    lamp: Option<L>,
    keeper: UnboundedSender<L>,
}

impl<L> Drop for Burning<L> {
    fn drop(&mut self) {
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
    let mut burning = Burning { lamp: Some(lamp), keeper };
    async move {
        let lamp = burning.lamp.as_mut().unwrap();
        let result = work(lamp).await;
        let _ = lamp.put_out();
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
