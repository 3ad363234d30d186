use super::*;
use crate::block_on::block_on;
use crate::block_on::tests::yields;
use crate::poll::Timer;
use std::rc::{Rc, Weak};
use std::sync::Mutex;
use witness::{Drops, Log, PATIENT, Polls, polls, within};

const SHORT: Duration = Duration::from_millis(5);

/// Waits for nobody; the waker of the latest poll can be had.
fn waits(
    waker: &Arc<Mutex<Option<Waker>>>,
) -> impl Future<Output = ()> + use<> {
    let waker = Arc::clone(waker);
    poll_fn(move |cx| {
        *waker.lock().expect("nobody panics with the lock") =
            Some(cx.waker().clone());
        Poll::Pending
    })
}

fn taken(waker: &Mutex<Option<Waker>>) -> Waker {
    waker
        .lock()
        .expect("nobody panics with the lock")
        .take()
        .expect("it was polled")
}

#[test]
fn ten_thousand_tasks_finish_with_two_polls_each() {
    assert_eq!(within(PATIENT, || many(10_000)), (10_000, 20_000));
}

#[test]
fn tasks_are_polled_only_after_wakes_from_other_threads() {
    let polls = within(PATIENT, || {
        let polls = Polls::new();
        let executor = Executor::new();
        let timers =
            [(); 20].map(|()| executor.spawn(polls.watch(Timer::new(SHORT))));
        assert_eq!(polls.count(), 0, "no task runs outside of block_on");
        executor.block_on(async {
            for timer in timers {
                timer.await.expect("a timer does not panic");
            }
        });
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (40, 20, 0));
}

#[test]
fn the_main_future_is_not_polled_for_its_tasks() {
    let polls = within(PATIENT, || {
        let executor = Executor::new();
        let task = executor.spawn(yields(1_000));
        let (task, polls) = polls(task);
        executor.block_on(task).expect("it does not panic");
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn tasks_take_turns_in_the_order_of_their_wakes() {
    let log = Log::new();
    let seen = log.clone();
    within(PATIENT, move || {
        let executor = Executor::new();
        for name in ["a", "b", "c"] {
            let log = &log;
            executor.spawn(async move {
                for turn in 0..2 {
                    log.push((name, turn));
                    yields(1).await;
                }
            });
        }
        executor.block_on(yields(3));
    });
    let turns = [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("c", 1)];
    assert_eq!(seen.events(), turns);
}

/// Runs `wakes` on a task that waits, then lets the queue run empty. Returns
/// the polls of the task that this asked for.
fn polls_after(wakes: impl FnOnce(Waker) + Send + 'static) -> usize {
    within(PATIENT, || {
        let waker = Arc::default();
        let (waits, polls) = polls(waits(&waker));
        let executor = Executor::new();
        executor.spawn(waits);
        executor.block_on(async {
            yields(1).await;
            assert_eq!(polls.count(), 1);
            wakes(taken(&waker));
            yields(5).await;
        });
        polls.count() - 1
    })
}

#[test]
fn a_task_that_is_woken_many_times_before_its_turn_is_queued_once() {
    assert_eq!(polls_after(drop), 0);
    assert_eq!(polls_after(|waker| waker.wake()), 1);
    let many = |waker: Waker| (0..3).for_each(|_| waker.wake_by_ref());
    assert_eq!(polls_after(many), 1);
    let from_threads = |waker: Waker| {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| waker.wake_by_ref());
            }
        });
    };
    assert_eq!(polls_after(from_threads), 1);
}

#[test]
fn a_task_that_is_woken_while_it_is_polled_runs_once_more() {
    let polls = within(PATIENT, || {
        let mut polled = false;
        let (wakes, polls) = polls(poll_fn(|cx| {
            if !polled {
                let waker = cx.waker();
                // Both wakes are over before this poll is.
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| waker.wake_by_ref());
                    }
                });
            }
            polled = true;
            Poll::<()>::Pending
        }));
        let executor = Executor::new();
        executor.spawn(wakes);
        executor.block_on(yields(5));
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 2, 0));
}

#[test]
fn a_task_whose_handle_is_dropped_goes_on() {
    let drops = Drops::new();
    let guard = drops.guard();
    within(PATIENT, || {
        let executor = Executor::new();
        drop(executor.spawn(async {
            yields(2).await;
            guard.finish();
        }));
        executor.block_on(yields(5));
    });
    assert_eq!((drops.finished(), drops.canceled()), (1, 0));
}

#[test]
fn a_task_that_is_not_done_goes_on_in_the_next_block_on() {
    let done = within(PATIENT, || {
        let executor = Executor::new();
        let task = executor.spawn(async {
            yields(3).await;
            "done"
        });
        executor.block_on(yields(1));
        executor.block_on(task).expect("it does not panic")
    });
    assert_eq!(done, "done");
}

#[test]
fn a_done_task_is_dropped_and_a_late_wake_finds_nothing() {
    let drops = Drops::new();
    let guard = drops.guard();
    within(PATIENT, || {
        let executor = Executor::new();
        let task = executor.spawn(async {
            let _held = guard;
            poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
        });
        let late = executor.block_on(task).expect("it does not panic");
        assert!(executor.tasks.borrow().is_empty());
        late.wake();
        executor.block_on(yields(5));
    });
    assert!(drops.is_dropped());
}

#[test]
fn dropping_the_executor_drops_its_tasks_and_a_late_wake_does_nothing() {
    let drops = Drops::new();
    let guard = drops.guard();
    within(PATIENT, || {
        let waker = Arc::default();
        let waits = waits(&waker);
        let executor = Executor::new();
        let task = executor.spawn(async {
            waits.await;
            guard.finish();
        });
        executor.block_on(yields(1));
        drop(executor);
        taken(&waker).wake();
        let error = block_on(task).expect_err("it has no output");
        assert!(error.is::<oneshot::Canceled>());
    });
    assert_eq!((drops.finished(), drops.canceled()), (0, 1));
}

#[test]
fn a_panic_is_the_task_s_output_and_harms_no_other() {
    let drops = Drops::new();
    let guard = drops.guard();
    let (panicked, other) = within(PATIENT, || {
        let executor = Executor::new();
        let panics = executor.spawn(async {
            let _held = guard;
            yields(1).await;
            panic!("on purpose");
        });
        let other = executor.spawn(async {
            yields(3).await;
            "done"
        });
        executor.block_on(async {
            (panics.await, other.await.expect("it does not panic"))
        })
    });
    let panicked: Result<(), _> = panicked;
    let message = panicked.expect_err("it panicked").downcast::<&str>();
    assert_eq!(*message.expect("a message"), "on purpose");
    assert_eq!(other, "done");
    assert!(drops.is_dropped());
}

#[test]
fn a_panic_of_the_main_future_goes_to_the_caller_and_the_tasks_stay() {
    let done = within(PATIENT, || {
        let executor = Executor::new();
        let task = executor.spawn(async {
            yields(3).await;
            "done"
        });
        let main = async {
            yields(1).await;
            panic!("on purpose");
        };
        let caught = std::panic::catch_unwind(AssertUnwindSafe(|| {
            executor.block_on(main)
        }));
        let caught: Result<(), _> = caught;
        assert!(caught.expect_err("it panicked").is::<&str>());
        executor.block_on(task).expect("it does not panic")
    });
    assert_eq!(done, "done");
}

#[test]
fn block_on_inside_block_on_of_the_same_executor_panics() {
    let panic = within(PATIENT, || {
        let executor = Rc::new(Executor::new());
        let inside = Rc::downgrade(&executor);
        let task = executor.spawn(async move {
            let executor = inside.upgrade().expect("it is in a block_on");
            executor.block_on(yields(1));
        });
        executor.block_on(task).expect_err("it panics")
    });
    let message = panic.downcast::<String>().expect("a message");
    assert!(
        message.starts_with("block_on was called inside block_on"),
        "{message}"
    );
}

#[test]
fn another_executor_may_run_inside() {
    let done = within(PATIENT, || {
        Executor::new().block_on(async {
            yields(1).await;
            let inner = Executor::new();
            let task = inner.spawn(Timer::new(SHORT));
            inner.block_on(task).expect("it does not panic");
            block_on(Timer::new(SHORT));
            Timer::new(SHORT).await;
            "done"
        })
    });
    assert_eq!(done, "done");
}

#[test]
fn a_task_may_spawn_and_may_hold_what_is_not_send() {
    fn count_down(
        executor: Weak<Executor<'static>>,
        left: Rc<Cell<u32>>,
    ) -> TaskFuture<'static> {
        Box::pin(async move {
            left.update(|left| left - 1);
            if left.get() > 0 {
                let strong = executor.upgrade().expect("it is in a block_on");
                strong.spawn(count_down(executor, left));
            }
        })
    }
    let left = within(PATIENT, || {
        let (executor, left) =
            (Rc::new(Executor::new()), Rc::new(Cell::new(3)));
        executor.spawn(count_down(Rc::downgrade(&executor), Rc::clone(&left)));
        executor.block_on(yields(5));
        left.get()
    });
    assert_eq!(left, 0);
}

#[test]
fn a_handle_may_be_awaited_on_another_thread() {
    let output = within(PATIENT, || {
        let executor = Executor::new();
        let task = executor.spawn(async { 6 * 7 });
        let waiting =
            thread::spawn(|| block_on(task).expect("it does not panic"));
        executor.block_on(yields(1));
        waiting.join().expect("it does not panic")
    });
    assert_eq!(output, 42);
}
