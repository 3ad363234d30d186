// Like at a counter with numbers: whose turn it is, and the list of those who have left.

use loom::sync::{Arc, Mutex};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[derive(Clone)]
struct Pen {
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    /// Whose turn it is, with the pen in hand or not.
    turn: u64,
    left: BTreeSet<u64>,
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
    number: u64,
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
        let number = match self.number {
            Some(number) => number,
            None => {
                desk.came += 1;
                desk.came - 1
            }
        };
        self.number = Some(number);
        if desk.turn != number {
            desk.queue.insert(number, cx.waker().clone());
            return Poll::Pending;
        }
        desk.queue.remove(&number);
        self.number = None;
        Poll::Ready(Held { number, desk: Arc::clone(&shared) })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        leave(&self.desk, number);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        leave(&self.desk, self.number);
    }
}

fn leave(desk: &Mutex<Desk>, number: u64) {
    let mut desk = desk.lock().expect("nobody panics with the lock");
    desk.queue.remove(&number);
    desk.left.insert(number);
    let before = desk.turn;
    while desk.left.contains(&desk.turn) {
        let turn = desk.turn;
        desk.left.remove(&turn);
        desk.turn += 1;
    }
    let turn = desk.turn;
    let next = if turn == before { None } else { desk.queue.get(&turn).cloned() };
    drop(desk);
    if let Some(next) = next {
        next.wake();
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
