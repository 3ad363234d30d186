// An atomic flag for each child; each poll looks at all flags and asks few children.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use std::sync::atomic::{AtomicBool, Ordering};

struct Child {
    up: AtomicBool,
    whole: Arc<Mutex<Option<Waker>>>,
}

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        self.up.store(true, Ordering::SeqCst);
        let whole = self.whole.lock().unwrap().clone();
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let whole = Arc::new(Mutex::new(None));
    let hand = |_| Arc::new(Child { up: AtomicBool::new(true), whole: Arc::clone(&whole) });
    let hands: Vec<Arc<Child>> = (0..children.len()).map(hand).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        let latest = cx.waker().clone();
        *whole.lock().unwrap() = Some(latest);
        for (nth, hand) in hands.iter().enumerate() {
            if !hand.up.swap(false, Ordering::SeqCst) || outputs[nth].is_some() {
                continue;
            }
            let waker = Waker::from(Arc::clone(hand));
            if let Poll::Ready(it) = children[nth].as_mut().poll(&mut Context::from_waker(&waker)) {
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
