use super::*;
use loom::sync::{Condvar, Mutex};

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

    /// Looks and goes to sleep under one lock, and looks again when it is woken.
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

type Threads = RefCell<Vec<thread::JoinHandle<()>>>;

/// A future of news that so many threads tell, each its share. Its first poll starts them.
///
/// Relaxed on purpose: that the news is seen after the wake is up to whoever polls.
fn news(tellers: usize, threads: &Threads) -> impl Future<Output = ()> {
    let news: Vec<_> = (0..tellers).map(|_| Arc::new(AtomicBool::new(false))).collect();
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

/// To loom, a message to a receiver that is gone is a leak: lets the last wakes come before.
fn joined(threads: &Threads) {
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
        let flag = Arc::new(WakeFlag { woken: AtomicBool::new(false), thread: thread::current() });
        let waker = Waker::from(Arc::clone(&flag));
        let threads = Threads::default();
        let mut news = pin!(news(1, &threads));
        while news.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            flag.woken.store(false, Ordering::Relaxed);
            flag.wait();
        }
    });
}

#[test]
fn the_executor_loses_no_wake_and_polls_at_most_once_for_each() {
    for tellers in [1, 2] {
        loom::model(move || {
            let (polls, threads) = (Cell::new(0), Threads::default());
            let executor = Executor::new();
            let task = executor.spawn(counted(news(tellers, &threads), &polls));
            executor.block_on(task).expect("it does not panic");
            joined(&threads);
            assert!(polls.get() <= 1 + tellers);
        });
    }
}

#[test]
fn two_wakes_from_two_threads_queue_a_task_once() {
    loom::model(|| {
        let (queue, woken) = mpsc::channel();
        let task = Arc::new(Task { id: 7, queued: AtomicBool::new(false), queue });
        let wakes = [(); 2].map(|()| {
            let task = Arc::clone(&task);
            thread::spawn(move || task.wake())
        });
        for wake in wakes {
            wake.join().expect("it does not panic");
        }
        assert_eq!(woken.recv(), Ok(7));
        assert!(woken.try_recv().is_err());
    });
}

/// As [`Executor::block_on`], with one task and another way to poll it.
fn run(tellers: usize, poll: fn(&Arc<Task>, Pin<&mut dyn Future<Output = ()>>) -> Poll<()>) {
    let (queue, woken) = mpsc::channel();
    let task = Arc::new(Task { id: 0, queued: AtomicBool::new(false), queue });
    let threads = Threads::default();
    let mut news = pin!(news(tellers, &threads));
    Arc::clone(&task).wake();
    loop {
        woken.recv().expect("the task holds a sender");
        if poll(&task, news.as_mut()).is_ready() {
            return joined(&threads);
        }
    }
}

#[test]
fn a_task_that_is_cleared_before_the_poll_loses_no_wake() {
    loom::model(|| run(2, |task, future| task.poll(future)));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_task_that_is_cleared_after_the_poll_loses_a_wake() {
    loom::model(|| {
        run(1, |task, future| {
            let waker = Waker::from(Arc::clone(task));
            let answer = future.poll(&mut Context::from_waker(&waker));
            task.queued.swap(false, Ordering::Acquire);
            answer
        });
    });
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_task_that_is_cleared_without_acquire_misses_the_news() {
    loom::model(|| {
        run(2, |task, future| {
            let waker = Waker::from(Arc::clone(task));
            task.queued.store(false, Ordering::Relaxed);
            future.poll(&mut Context::from_waker(&waker))
        });
    });
}
