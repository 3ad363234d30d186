// A channel of numbers, and a flag that says whether a number is in it; a type of its own.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use futures::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

struct Hand {
    nth: usize,
    queued: AtomicBool,
    queue: Sender<usize>,
    whole: Arc<AtomicWaker>,
}

impl Wake for Hand {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let _ = self.queue.send(self.nth);
        }
        self.whole.wake();
    }
}

enum Child<F: Future> {
    Works(Pin<Box<F>>, Arc<Hand>),
    Ended(F::Output),
    Gone,
}

struct All<F: Future> {
    children: Vec<Child<F>>,
    left: usize,
    queue: Receiver<usize>,
    whole: Arc<AtomicWaker>,
}

impl<F: Future> Unpin for All<F> {}

impl<F: Future> Future for All<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.whole.register(cx.waker());
        let queue: Vec<usize> = self.queue.try_iter().collect();
        for nth in queue {
            let Child::Works(child, hand) = &mut self.children[nth] else { continue };
            hand.queued.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(hand));
            if let Poll::Ready(output) = child.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.children[nth] = Child::Ended(output);
                self.left -= 1;
            }
        }
        if self.left > 0 {
            return Poll::Pending;
        }
        let output = |child: &mut Child<F>| match std::mem::replace(child, Child::Gone) {
            Child::Ended(output) => output,
            _ => panic!("polled after its end"),
        };
        Poll::Ready(self.children.iter_mut().map(output).collect())
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let ((sender, queue), whole) = (mpsc::channel(), Arc::<AtomicWaker>::default());
    let child = |(nth, child)| {
        let (queue, whole) = (sender.clone(), Arc::clone(&whole));
        let hand = Arc::new(Hand { nth, queued: AtomicBool::new(true), queue, whole });
        sender.send(nth).expect("the receiver is here");
        Child::Works(Box::pin(child), hand)
    };
    let left = children.len();
    let children = children.into_iter().enumerate().map(child).collect();
    let whole = Arc::clone(&whole);
    All { children, left, queue, whole }.await
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
