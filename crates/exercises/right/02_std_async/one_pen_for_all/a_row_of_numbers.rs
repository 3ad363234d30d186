// A row of numbers and wakers, and who may go in next.

use loom::sync::{Arc, Mutex};
use std::collections::VecDeque;
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
    queue: VecDeque<(u64, Waker)>,
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
        let number = match self.number {
            Some(number) => number,
            None if !desk.taken && desk.queue.is_empty() => {
                desk.taken = true;
                return Poll::Ready(Held { desk: Arc::clone(&shared) });
            }
            None => {
                let number = desk.came;
                desk.came += 1;
                desk.queue.push_back((number, cx.waker().clone()));
                self.number = Some(number);
                return Poll::Pending;
            }
        };
        if !desk.taken && desk.queue[0].0 == number {
            desk.queue.pop_front();
            desk.taken = true;
            self.number = None;
            return Poll::Ready(Held { desk: Arc::clone(&shared) });
        }
        for (of, waker) in &mut desk.queue {
            if *of == number && !waker.will_wake(cx.waker()) {
                waker.clone_from(cx.waker());
            }
        }
        Poll::Pending
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let next = {
            let mut desk = self.desk.lock().expect("nobody panics with the lock");
            let at = desk.queue.iter().position(|(of, _)| *of == number);
            let at = at.expect("who has a number is in the queue");
            desk.queue.remove(at);
            if at == 0 && !desk.taken { desk.next() } else { None }
        };
        next.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        desk.taken = false;
        let next = desk.next();
        // Whoever is woken may poll at once, and needs the lock.
        drop(desk);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Desk {
    fn next(&self) -> Option<Waker> {
        self.queue.front().map(|(_, waker)| waker.clone())
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
