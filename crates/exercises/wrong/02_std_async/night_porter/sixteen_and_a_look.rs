// Wakes sixteen of those who are due and looks again: who is due by then comes before the rest.
// => failed calls_that_are_due_together_come_in_the_order_of_the_book

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

struct Call {
    desk: Arc<Desk>,
    key: (Instant, u64),
}

impl Desk {
    fn keep_watch(&self) {
        let mut book = self.book.lock().unwrap();
        let mut late = std::collections::VecDeque::new();
        loop {
            let now = Instant::now();
            let due = book.due(now);
            // What he sees now is newer: it goes first.
            for waker in due.into_iter().rev() {
                late.push_front(waker);
            }
            if !late.is_empty() {
                drop(book);
                for waker in late.drain(..late.len().min(16)) {
                    waker.wake();
                }
                book = self.book.lock().unwrap();
                continue;
            }
            let next = book.calls.keys().next().map(|key| key.0);
            book = match next {
                Some(deadline) => {
                    let nap = deadline.saturating_duration_since(now);
                    self.bell.wait_timeout(book, nap).unwrap().0
                }
                None => self.bell.wait(book).unwrap(),
            };
        }
    }
}

impl Future for Call {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut book = self.desk.book.lock().unwrap();
        let earlier = book.calls.keys().next().is_none_or(|first| self.key.0 < first.0);
        let old = book.calls.insert(self.key, waker);
        drop(book);
        drop(old);
        if earlier {
            self.desk.bell.notify_one();
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
