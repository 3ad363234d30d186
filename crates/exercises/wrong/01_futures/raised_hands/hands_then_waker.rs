// Takes the hands, and then keeps the waker: a hand that goes up in between tells nobody.
// => failed a_hand_that_goes_up_while_the_waker_is_kept_is_seen

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

struct Hands {
    up: Mutex<Vec<usize>>,
    whole: Mutex<Option<Waker>>,
}

struct Child(usize, Arc<Hands>);

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let mut up = self.1.up.lock().unwrap();
        if !up.contains(&self.0) {
            up.push(self.0);
        }
        drop(up);
        let whole = self.1.whole.lock().unwrap().take();
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let hands =
        Arc::new(Hands { up: Mutex::new((0..children.len()).collect()), whole: Mutex::new(None) });
    let child = |nth| Waker::from(Arc::new(Child(nth, Arc::clone(&hands))));
    let wakers: Vec<Waker> = (0..children.len()).map(child).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        let up = std::mem::take(&mut *hands.up.lock().unwrap());
        let whole = cx.waker().clone();
        *hands.whole.lock().unwrap() = Some(whole);
        for nth in up {
            if outputs[nth].is_none()
                && let Poll::Ready(it) =
                    children[nth].as_mut().poll(&mut Context::from_waker(&wakers[nth]))
            {
                outputs[nth] = Some(it);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let child = |nth: u64| async move {
            let (sender, news) = futures::channel::oneshot::channel();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(40 - 10 * nth));
                sender.send(nth * nth)
            });
            let square = news.await.expect("it is sent");
            println!("child {nth} has an answer");
            square
        };
        println!("{:?}", futures::executor::block_on(all((0..4).map(child).collect())));
    });
}
