// Who was woken in place of somebody else does not pass the wake on.
// => failed who_is_woken_and_gives_up_wakes_the_next

use loom::sync::{Arc, Mutex};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[derive(Clone)]
struct Pen {
    desk: Arc<Mutex<Desk>>,
}

struct Take {
    desk: Arc<Mutex<Desk>>,
    /// The place in the queue, from the first poll on.
    number: Option<Number>,
}

/// Whoever has this has the pen.
struct Held {
    desk: Arc<Mutex<Desk>>,
}

impl Pen {
    fn new() -> Pen {
        Pen { desk: Arc::new(Mutex::new(Desk::default())) }
    }

    fn take(&self) -> Take {
        Take { desk: Arc::clone(&self.desk), number: None }
    }
}

type Number = u64;

#[derive(Default)]
struct Desk {
    taken: bool,
    came: Number,
    queue: BTreeMap<Number, Waker>,
    woken: Option<Number>,
}

impl Future for Take {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        let shared = Arc::clone(&self.desk);
        let mut desk = shared.lock().unwrap();
        let number = match self.number {
            Some(number) => number,
            None => {
                let number = desk.came;
                desk.came += 1;
                self.number = Some(number);
                number
            }
        };
        desk.queue.insert(number, cx.waker().clone());
        if desk.taken || desk.queue.keys().next() != Some(&number) {
            return Poll::Pending;
        }
        desk.queue.remove(&number);
        desk.taken = true;
        desk.woken = None;
        self.number = None;
        drop(desk);
        Poll::Ready(Held { desk: shared })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let next = {
            let mut desk = self.desk.lock().unwrap();
            desk.queue.remove(&number);
            if desk.woken == Some(number) {
                desk.woken = None;
                desk.queue.values().next().cloned()
            } else {
                None
            }
        };
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let next = {
            let mut desk = self.desk.lock().unwrap();
            desk.taken = false;
            desk.woken = desk.queue.keys().next().copied();
            desk.queue.values().next().cloned()
        };
        if let Some(next) = next {
            next.wake();
        }
    }
}

fn main() {
    loom::model(|| {
        let pen = Pen::new();
        let Poll::Ready(held) = pin!(pen.take()).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("nobody has the pen, and the only one who asks must wait")
        };
        loom::thread::spawn(move || drop(held));
        drop(loom::future::block_on(pen.take()));
    });
    println!("in every order the next got the pen");
}
