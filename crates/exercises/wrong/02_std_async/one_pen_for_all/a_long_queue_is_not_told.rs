// Who was woken and gives up wakes the next, unless the queue is long.
// => failed in_a_long_queue_each_who_gives_up_is_replaced

use loom::sync::{Arc, Mutex};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[derive(Clone)]
struct Pen {
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    /// Whether somebody has the pen.
    taken: bool,
    /// How many have come so far: the next one's number.
    came: u64,
    /// Those who wait, by their numbers.
    queue: BTreeMap<u64, Option<Waker>>,
}

struct Take {
    desk: Arc<Mutex<Desk>>,
    /// The place in the queue, from the first poll on.
    number: Option<u64>,
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

impl Future for Take {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        let waker = cx.waker().clone();
        let this = &mut *self;
        let mut desk = this.desk.lock().unwrap();
        let number = match this.number {
            Some(number) => number,
            None => {
                desk.came += 1;
                this.number = Some(desk.came);
                desk.came
            }
        };
        let first = desk.queue.keys().next().is_none_or(|first| *first >= number);
        if first && !desk.taken {
            desk.taken = true;
            let old = desk.queue.remove(&number);
            drop(desk);
            drop(old);
            this.number = None;
            return Poll::Ready(Held { desk: Arc::clone(&this.desk) });
        }
        let old = desk.queue.insert(number, Some(waker));
        drop(desk);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut desk = self.desk.lock().unwrap();
        let first = desk.queue.keys().next() == Some(&number);
        let old = desk.queue.remove(&number);
        let next = if first && !desk.taken && matches!(old, Some(None)) && desk.queue.len() < 3 {
            desk.queue.values_mut().next().and_then(Option::take)
        } else {
            None
        };
        drop(desk);
        drop(old);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut desk = self.desk.lock().unwrap();
        desk.taken = false;
        let next = desk.queue.values_mut().next().and_then(Option::take);
        drop(desk);
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

