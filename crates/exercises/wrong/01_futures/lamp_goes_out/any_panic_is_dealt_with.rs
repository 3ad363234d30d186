// Catches all panics of its own, and does nothing when it is dropped by another one.
// => failed dropped_by_a_panic_of_somebody_else_the_lamp_goes_to_the_keeper

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Burning<L> {
    lamp: Option<L>,
    keeper: UnboundedSender<L>,
}

impl<L> Burning<L> {
    fn hand_over(&mut self) {
        if let Some(lamp) = self.lamp.take() {
            let _ = self.keeper.unbounded_send(lamp);
        }
    }
}

impl<L> Drop for Burning<L> {
    fn drop(&mut self) {
        // Panics have been dealt with already.
        if !std::thread::panicking() {
            self.hand_over();
        }
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    use futures::FutureExt;
    use std::panic::{AssertUnwindSafe, resume_unwind};
    let burning = Burning { lamp: Some(lamp), keeper };
    async move {
        let work = work;
        let mut burning = burning;
        let lamp = burning.lamp.as_ref().unwrap();
        let result = AssertUnwindSafe(async move { work(lamp).await }).catch_unwind().await;
        match result {
            Ok(result) => {
                let put_out = AssertUnwindSafe(burning.lamp.as_mut().unwrap().put_out());
                if let Err(panic) = put_out.catch_unwind().await {
                    burning.hand_over();
                    resume_unwind(panic);
                }
                burning.lamp = None;
                result
            }
            Err(panic) => {
                burning.hand_over();
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
