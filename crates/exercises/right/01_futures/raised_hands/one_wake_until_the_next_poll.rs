// Only the first hand that goes up wakes the whole: it has not looked since.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

struct Class {
    raised: Vec<usize>,
    whole: Option<Waker>,
}

struct Hand {
    nth: usize,
    class: Arc<Mutex<Class>>,
}

impl Wake for Hand {
    fn wake(self: Arc<Self>) {
        let whole = {
            let mut class = self.class.lock().unwrap();
            if class.raised.contains(&self.nth) {
                return;
            }
            class.raised.push(self.nth);
            if class.raised.len() > 1 { None } else { class.whole.clone() }
        };
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let count = children.len();
    let class = Arc::new(Mutex::new(Class { raised: (0..count).collect(), whole: None }));
    let hands: Vec<Waker> =
        (0..count).map(|nth| Waker::from(Arc::new(Hand { nth, class: class.clone() }))).collect();
    let mut children: Vec<Option<Pin<Box<F>>>> =
        children.into_iter().map(|child| Some(Box::pin(child))).collect();
    let mut results: Vec<Option<F::Output>> = (0..count).map(|_| None).collect();
    let mut left = count;
    poll_fn(move |cx: &mut Context<'_>| {
        let whole = cx.waker().clone();
        let (raised, old) = {
            let mut class = class.lock().unwrap();
            (std::mem::take(&mut class.raised), class.whole.replace(whole))
        };
        drop(old);
        for nth in raised {
            if let Some(child) = &mut children[nth] {
                if let Poll::Ready(result) = child.as_mut().poll(&mut Context::from_waker(&hands[nth])) {
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
