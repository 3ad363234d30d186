use super::*;
use crate::block_on::model::{Threads, joined, news};
use loom::thread;

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
        let task =
            Arc::new(Task { id: 7, queued: AtomicBool::new(false), queue });
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
fn run(
    tellers: usize,
    poll: fn(&Arc<Task>, Pin<&mut dyn Future<Output = ()>>) -> Poll<()>,
) {
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

// ANCHOR: cleared_after
/// Polls, and only then lets the task be queued again.
fn cleared_after(
    task: &Arc<Task>,
    future: Pin<&mut dyn Future<Output = ()>>,
) -> Poll<()> {
    let waker = Waker::from(Arc::clone(task));
    let answer = future.poll(&mut Context::from_waker(&waker));
    task.queued.swap(false, Ordering::Acquire);
    answer
}
// ANCHOR_END: cleared_after

#[test]
#[should_panic(expected = "deadlock")]
fn a_task_that_is_cleared_after_the_poll_loses_a_wake() {
    loom::model(|| run(1, cleared_after));
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
