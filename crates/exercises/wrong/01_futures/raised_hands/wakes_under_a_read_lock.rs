// Wakes the whole under a lock for readers: nobody can leave another waker meanwhile.
// => failed while_the_whole_is_woken_it_may_be_polled

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

struct Hand {
    raised: std::sync::atomic::AtomicBool,
    whole: Arc<std::sync::RwLock<Option<Waker>>>,
}

impl Wake for Hand {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.raised.store(true, std::sync::atomic::Ordering::SeqCst);
        if let Some(whole) = &*self.whole.read().unwrap() {
            whole.wake_by_ref();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let count = children.len();
    let whole = Arc::new(std::sync::RwLock::new(None));
    let hands: Vec<Arc<Hand>> = (0..count)
        .map(|_| Arc::new(Hand { raised: true.into(), whole: whole.clone() }))
        .collect();
    let mut children: Vec<Option<Pin<Box<F>>>> =
        children.into_iter().map(|child| Some(Box::pin(child))).collect();
    let mut results: Vec<Option<F::Output>> = (0..count).map(|_| None).collect();
    let mut left = count;
    poll_fn(move |cx: &mut Context<'_>| {
        let new = cx.waker().clone();
        let old = whole.write().unwrap().replace(new);
        drop(old);
        let raised: Vec<usize> = (0..count)
            .filter(|&nth| hands[nth].raised.swap(false, std::sync::atomic::Ordering::SeqCst))
            .collect();
        for nth in raised {
            if let Some(child) = &mut children[nth] {
                let waker = Waker::from(hands[nth].clone());
                if let Poll::Ready(result) = child.as_mut().poll(&mut Context::from_waker(&waker)) {
                    children[nth] = None;
                    results[nth] = Some(result);
                    left -= 1;
                }
            }
        }
        if left > 0 {
            return Poll::Pending;
        }
        Poll::Ready(results.iter_mut().map(|result| result.take().unwrap()).collect())
    })
    .await
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
