// Wakes the whole with the lock in its hands: whoever is woken cannot wake a child.
// => failed whoever_is_woken_may_wake_a_child_at_once

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

struct Hands {
    up: Vec<usize>,
    whole: Option<Waker>,
}

struct Child(usize, Arc<Mutex<Hands>>);

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let mut hands = self.1.lock().unwrap();
        if !hands.up.contains(&self.0) {
            hands.up.push(self.0);
        }
        if let Some(whole) = &hands.whole {
            whole.wake_by_ref();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let hands = Arc::new(Mutex::new(Hands { up: (0..children.len()).collect(), whole: None }));
    let child = |nth| Waker::from(Arc::new(Child(nth, Arc::clone(&hands))));
    let wakers: Vec<Waker> = (0..children.len()).map(child).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        let up = {
            let mut hands = hands.lock().unwrap();
            hands.whole = Some(cx.waker().clone());
            std::mem::take(&mut hands.up)
        };
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
