// The pen never lies there while somebody waits: who lays it down hands it over to the next place.

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
    /// Whether somebody has the pen, or it is on its way to somebody.
    taken: bool,
    queue: std::collections::VecDeque<std::sync::Arc<Place>>,
}

/// One's place in the queue. It is only touched by whoever has the desk's lock.
struct Place(std::sync::Mutex<(bool, Option<Waker>)>);

struct Take {
    desk: Arc<Mutex<Desk>>,
    place: Option<std::sync::Arc<Place>>,
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
        Take { desk: Arc::clone(&self.desk), place: None }
    }
}

impl Future for Take {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        let shared = Arc::clone(&self.desk);
        let mut desk = shared.lock().expect("nobody panics with the lock");
        if let Some(place) = &self.place {
            let mut mine = place.0.lock().expect("nobody panics here");
            if !mine.0 {
                mine.1 = Some(cx.waker().clone());
                return Poll::Pending;
            }
        } else if desk.taken {
            let place = Place(std::sync::Mutex::new((false, Some(cx.waker().clone()))));
            let place = std::sync::Arc::new(place);
            desk.queue.push_back(std::sync::Arc::clone(&place));
            self.place = Some(place);
            return Poll::Pending;
        }
        desk.taken = true;
        self.place = None;
        Poll::Ready(Held { desk: Arc::clone(&shared) })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        let mut desk = self.desk.lock().expect("nobody panics with the lock");
        desk.queue.retain(|other| !std::sync::Arc::ptr_eq(other, &place));
        let is_mine = place.0.lock().expect("nobody panics here").0;
        let next = if is_mine { desk.hand_over() } else { None };
        drop(desk);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let next = self.desk.lock().expect("nobody panics with the lock").hand_over();
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Desk {
    fn hand_over(&mut self) -> Option<Waker> {
        let Some(next) = self.queue.pop_front() else {
            self.taken = false;
            return None;
        };
        let mut next = next.0.lock().expect("nobody panics here");
        next.0 = true;
        next.1.take()
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
