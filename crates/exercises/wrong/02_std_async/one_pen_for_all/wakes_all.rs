// Wakes all who wait: the first of them gets the pen, the others have been woken for nothing.
// => failed first_come_first_served

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
    queue: BTreeMap<u64, Waker>,
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
        let shared = Arc::clone(&self.desk);
        let mut desk = shared.lock().expect("nobody panics with the lock");
        let number = *self.number.get_or_insert(desk.came);
        desk.came = desk.came.max(number + 1);
        let is_first = desk.queue.keys().next().is_none_or(|&first| first >= number);
        if desk.taken || !is_first {
            desk.queue.insert(number, cx.waker().clone());
            return Poll::Pending;
        }
        desk.queue.remove(&number);
        desk.taken = true;
        self.number = None;
        Poll::Ready(Held { desk: Arc::clone(&shared) })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        let was_first = desk.queue.keys().next() == Some(&number);
        desk.queue.remove(&number);
        // Who was first and found no time to take the pen had been woken for it.
        let next = if was_first && !desk.taken { desk.next() } else { None };
        drop(desk);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        desk.taken = false;
        let all: Vec<Waker> = desk.queue.values().cloned().collect();
        drop(desk);
        all.into_iter().for_each(Waker::wake);
    }
}

impl Desk {
    /// The waker of the first in the queue, who stays there until the poll that takes the pen.
    fn next(&self) -> Option<Waker> {
        self.queue.values().next().cloned()
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
