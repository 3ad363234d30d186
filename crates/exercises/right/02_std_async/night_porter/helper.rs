// A helper that returns whom to wake; notify_all under the lock.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
    /// Rung when the porter may have to get up earlier.
    bell: Condvar,
}

#[derive(Default)]
struct Book {
    /// Whom to wake when, the earliest first. The guest's number tells equal deadlines apart.
    calls: BTreeMap<(Instant, u64), Waker>,
    /// How often `due` was called.
    looks: usize,
}

impl Book {
    /// Takes out whom to wake by now. All others stay in `calls`.
    fn due(&mut self, now: Instant) -> Vec<Waker> {
        self.looks += 1;
        let later = self.calls.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.calls, later).into_values().collect()
    }
}

impl Desk {
    /// Wakes whoever is due, and naps in between, all night.
    fn keep_watch(&self) {
        fn next(desk: &Desk) -> Vec<Waker> {
            let mut book = desk.book.lock().unwrap();
            loop {
                let now = Instant::now();
                let due = book.due(now);
                if !due.is_empty() {
                    return due;
                }
                let nap = book.calls.first_key_value().map(|((at, _), _)| *at - now);
                book = desk.bell.wait_timeout(book, nap.unwrap_or(Duration::from_secs(86400))).unwrap().0;
            }
        }
        loop {
            for waker in next(self) {
                waker.wake();
            }
        }
    }
}

struct Call {
    desk: Arc<Desk>,
    key: (Instant, u64),
}

impl Future for Call {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }

        let Call { desk, key } = &*self;
        let mut book = desk.book.lock().unwrap();
        let earliest = book.calls.keys().next().is_none_or(|first| key < first);
        book.calls.insert(*key, cx.waker().clone());
        if earliest {
            desk.bell.notify_all();
        }
        Poll::Pending
    }
}

fn main() {
    let desk = Arc::new(Desk::default());
    let key = (Instant::now() + Duration::from_millis(20), 1);
    let call = Call { desk: Arc::clone(&desk), key };
    thread::spawn(move || desk.keep_watch());
    witness::within(Duration::from_secs(5), || futures::executor::block_on(call));
    println!("the guest is awake");
}
