// A pen that is dropped by a panic is not laid down.
// => failed a_panic_lays_it_down

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
    owner: Option<Number>,
    came: Number,
    queue: std::collections::VecDeque<(Number, Waker)>,
    _unused: BTreeMap<(), ()>,
}

fn hand_over(shared: &Mutex<Desk>) {
    let mut desk = shared.lock().unwrap();
    let next = desk.queue.pop_front();
    desk.owner = next.as_ref().map(|(number, _)| *number);
    drop(desk);
    if let Some((_, waker)) = next {
        waker.wake();
    }
}

impl Future for Take {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        let waker = cx.waker().clone();
        let shared = Arc::clone(&self.desk);
        let mut desk = shared.lock().unwrap();
        let old = match self.number {
            None => {
                let number = desk.came;
                desk.came += 1;
                self.number = Some(number);
                if desk.owner.is_none() {
                    desk.owner = Some(number);
                } else {
                    desk.queue.push_back((number, waker));
                }
                None
            }
            Some(number) => match desk.queue.iter_mut().find(|place| place.0 == number) {
                Some(place) => Some(std::mem::replace(&mut place.1, waker)),
                None => None,
            },
        };
        let mine = desk.owner == self.number;
        drop(desk);
        drop(old);
        if !mine {
            return Poll::Pending;
        }
        self.number = None;
        Poll::Ready(Held { desk: shared })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(number) = self.number.take() else { return };
        let mut desk = self.desk.lock().unwrap();
        if desk.owner == Some(number) {
            drop(desk);
            hand_over(&self.desk);
        } else {
            desk.queue.retain(|place| place.0 != number);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        hand_over(&self.desk);
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
