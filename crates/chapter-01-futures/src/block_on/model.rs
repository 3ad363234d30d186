use super::*;
use loom::sync::{Condvar, Mutex};
use std::cell::RefCell;

// ANCHOR: careless
/// A wake flag made of a lock and a condition variable.
#[derive(Default)]
struct CondvarFlag {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl CondvarFlag {
    fn wake(&self) {
        *self.woken.lock().expect("nobody panics") = true;
        self.changed.notify_one();
    }

    /// Looks, then sleeps: two steps, and a wake between them is lost.
    fn wait_careless(&self) {
        let woken = *self.woken.lock().expect("nobody panics");
        if !woken {
            let lock = self.woken.lock().expect("nobody panics");
            drop(self.changed.wait(lock));
        }
    }

    /// Looks and goes to sleep under one lock, and looks again when it is
    /// woken.
    fn wait(&self) {
        let mut woken = self.woken.lock().expect("nobody panics");
        while !*woken {
            woken = self.changed.wait(woken).expect("nobody panics");
        }
    }
}
// ANCHOR_END: careless

fn wake_and_wait(wait: fn(&CondvarFlag)) {
    let flag = Arc::new(CondvarFlag::default());
    let waker = Arc::clone(&flag);
    thread::spawn(move || waker.wake());
    wait(&flag);
}

#[test]
fn looking_and_sleeping_in_one_step_loses_no_wake() {
    loom::model(|| wake_and_wait(CondvarFlag::wait));
}

#[test]
#[should_panic(expected = "deadlock")]
fn looking_and_then_sleeping_loses_a_wake() {
    loom::model(|| wake_and_wait(CondvarFlag::wait_careless));
}

pub(crate) type Threads = RefCell<Vec<thread::JoinHandle<()>>>;

/// A future of news that `tellers` threads tell, each its share. Its first poll
/// starts them.
///
/// Relaxed on purpose: that the news is seen after the wake is up to whoever
/// polls.
pub(crate) fn news(
    tellers: usize,
    threads: &Threads,
) -> impl Future<Output = ()> {
    let news: Vec<_> =
        (0..tellers).map(|_| Arc::new(AtomicBool::new(false))).collect();
    poll_fn(move |cx| {
        let tell = |told: &Arc<AtomicBool>| {
            let (told, waker) = (Arc::clone(told), cx.waker().clone());
            thread::spawn(move || {
                told.store(true, Ordering::Relaxed);
                waker.wake();
            })
        };
        let mut threads = threads.borrow_mut();
        if threads.is_empty() {
            threads.extend(news.iter().map(tell));
        }
        if news.iter().all(|told| told.load(Ordering::Relaxed)) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

/// To loom, a message to a receiver that is gone is a leak: lets the last wakes
/// come before.
pub(crate) fn joined(threads: &Threads) {
    for thread in threads.take() {
        thread.join().expect("it does not panic");
    }
}

#[test]
fn block_on_loses_no_wake() {
    for tellers in [1, 2] {
        loom::model(move || block_on(news(tellers, &Threads::default())));
    }
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_flag_that_is_cleared_after_the_poll_loses_a_wake() {
    loom::model(|| {
        let flag = Arc::new(WakeFlag {
            woken: AtomicBool::new(false),
            thread: thread::current(),
        });
        let waker = Waker::from(Arc::clone(&flag));
        let threads = Threads::default();
        let mut news = pin!(news(1, &threads));
        while news.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
        {
            flag.woken.store(false, Ordering::Relaxed);
            flag.wait();
        }
    });
}
