// Has 512 hands, which the children share.
// => failed only_those_with_a_hand_up_are_asked

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Bell = Mutex<Option<Waker>>;

struct Hand {
    up: AtomicBool,
    bell: Arc<Bell>,
}

impl Wake for Hand {
    fn wake(self: Arc<Self>) {
        self.up.store(true, Ordering::SeqCst);
        let waker = self.bell.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let bell = Arc::new(Bell::default());
    let hands: Vec<_> = (0..children.len().min(512))
        .map(|_| Arc::new(Hand { up: AtomicBool::new(true), bell: Arc::clone(&bell) }))
        .collect();
    let mut class: Vec<_> = children.into_iter().map(|child| (Some(Box::pin(child)), None)).collect();
    poll_fn(|cx| {
        let waker = cx.waker().clone();
        let old = bell.lock().unwrap().replace(waker);
        drop(old);
        let up: Vec<bool> = hands.iter().map(|hand| hand.up.swap(false, Ordering::SeqCst)).collect();
        let mut left = false;
        for (nth, (child, output)) in class.iter_mut().enumerate() {
            if let Some(asked) = child {
                if up[nth % 512] {
                    let waker = Waker::from(Arc::clone(&hands[nth % 512]));
                    if let Poll::Ready(answer) = asked.as_mut().poll(&mut Context::from_waker(&waker)) {
                        *output = Some(answer);
                        *child = None;
                        continue;
                    }
                }
                left = true;
            }
        }
        if left { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    class.into_iter().map(|(_, output)| output.expect("all have ended")).collect()
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

