// A set of numbers under one lock; the waker is taken, and put back by each poll.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Hands {
    up: BTreeSet<usize>,
    whole: Option<Waker>,
}

struct Child(usize, Arc<Mutex<Hands>>);

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let whole = {
            let mut hands = self.1.lock().unwrap();
            hands.up.insert(self.0);
            hands.whole.take()
        };
        whole.into_iter().for_each(Waker::wake);
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let hands = Arc::new(Mutex::new(Hands::default()));
    let mut works = BTreeMap::new();
    for (nth, child) in children.into_iter().enumerate() {
        hands.lock().unwrap().up.insert(nth);
        let waker = Waker::from(Arc::new(Child(nth, Arc::clone(&hands))));
        works.insert(nth, (Box::pin(child), waker));
    }
    let mut outputs = BTreeMap::new();
    poll_fn(|cx| {
        let mut locked = hands.lock().unwrap();
        locked.whole = Some(cx.waker().clone());
        let up = std::mem::take(&mut locked.up);
        drop(locked);
        for nth in up {
            let Some((child, waker)) = works.get_mut(&nth) else { continue };
            if let Poll::Ready(output) = child.as_mut().poll(&mut Context::from_waker(waker)) {
                outputs.insert(nth, output);
                works.remove(&nth);
            }
        }
        if works.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_values().collect()
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
