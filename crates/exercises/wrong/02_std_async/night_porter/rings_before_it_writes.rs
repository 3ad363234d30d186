// Rings the bell, and then writes the call into the book.
// => failed when_the_bell_rings_the_call_is_in_the_book

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
        let mut book = self.book.lock().unwrap();
        loop {
            let due = book.due(Instant::now());
            if !due.is_empty() {
                drop(book);
                due.into_iter().for_each(Waker::wake);
                book = self.book.lock().unwrap();
                continue;
            }
            book = match book.calls.keys().next() {
                None => self.bell.wait(book).unwrap(),
                Some(&(at, _)) => {
                    let nap = at.saturating_duration_since(Instant::now());
                    self.bell.wait_timeout(book, nap).unwrap().0
                }
            };
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

        let waker = cx.waker().clone();
        let earlier = {
            let book = self.desk.book.lock().unwrap();
            book.calls.keys().next().is_none_or(|first| self.key < *first)
        };
        if earlier {
            self.desk.bell.notify_one();
        }
        let old = self.desk.book.lock().unwrap().calls.insert(self.key, waker);
        drop(old);
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
