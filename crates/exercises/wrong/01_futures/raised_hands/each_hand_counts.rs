// Notes each wake: a child that was woken three times is asked three times.
// => failed a_hand_that_is_raised_twice_is_one_hand

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use std::sync::mpsc::{self, Sender};

struct Child(usize, Sender<usize>, Arc<Mutex<Option<Waker>>>);

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let _ = self.1.send(self.0);
        let whole = self.2.lock().unwrap().clone();
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}

async fn all<F: Future>(children: Vec<F>) -> Vec<F::Output> {
    let ((sender, up), whole) = (mpsc::channel(), Arc::new(Mutex::new(None)));
    let child = |nth| {
        let _ = sender.send(nth);
        Waker::from(Arc::new(Child(nth, sender.clone(), Arc::clone(&whole))))
    };
    let wakers: Vec<Waker> = (0..children.len()).map(child).collect();
    let mut outputs: Vec<Option<F::Output>> = children.iter().map(|_| None).collect();
    let mut children: Vec<Pin<Box<F>>> = children.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        *whole.lock().unwrap() = Some(cx.waker().clone());
        let up: Vec<usize> = up.try_iter().collect();
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
