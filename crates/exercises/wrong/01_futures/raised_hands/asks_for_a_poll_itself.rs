// Wakes itself at the end of each poll, to look at the hands again.
// => failed only_those_with_a_hand_up_are_asked

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use std::sync::atomic::{AtomicBool, Ordering};

struct Child(AtomicBool);

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let hand = |_| Arc::new(Child(AtomicBool::new(true)));
    let hands: Vec<Arc<Child>> = (0..children.len()).map(hand).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        for (nth, hand) in hands.iter().enumerate() {
            if outputs[nth].is_some() || !hand.0.swap(false, Ordering::SeqCst) {
                continue;
            }
            let waker = Waker::from(Arc::clone(hand));
            if let Poll::Ready(it) = children[nth].as_mut().poll(&mut Context::from_waker(&waker)) {
                outputs[nth] = Some(it);
            }
        }
        if outputs.iter().all(Option::is_some) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
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
