//! An executor polls what is woken, and sleeps when nothing is.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use tracing::{Instrument, info_span};

// Under `just loom`, loom's own of these: it runs the models in every order that can happen.
#[cfg(loom)]
use loom::{
    sync::atomic::AtomicBool,
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, Thread},
};
#[cfg(not(loom))]
use std::{
    sync::atomic::AtomicBool,
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, Thread},
};

use crate::poll::Timer;
use crate::waker::{Mailbox, keep_latest, letter};

// ANCHOR: wake_flag
/// Wakes one thread.
#[derive(Debug)]
struct WakeFlag {
    /// Whether somebody has called `wake` since the last `wait`.
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        // A `store` would hide what another waker wrote before its wake.
        self.woken.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl WakeFlag {
    /// Sleeps until there is a wake, or returns at once if there was one.
    fn wait(&self) {
        while !self.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}
// ANCHOR_END: wake_flag

// ANCHOR: block_on
/// Polls `future` to its end. The thread sleeps in between.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let flag = Arc::new(WakeFlag { woken: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&flag));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => flag.wait(),
        }
    }
}
// ANCHOR_END: block_on

// ANCHOR: poll_in_a_loop
/// Polls `future` to its end, as fast as it can.
pub fn poll_in_a_loop<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => {}
        }
    }
}
// ANCHOR_END: poll_in_a_loop

// ANCHOR: task
/// What a task's waker holds. The future is not in it: that stays with the executor.
#[derive(Debug)]
struct Task {
    id: usize,
    /// Whether the id is in the queue.
    queued: AtomicBool,
    queue: Sender<usize>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Release) {
            // An error says that the executor is gone, and the future with it.
            let _ = self.queue.send(self.id);
        }
    }
}

impl Task {
    fn poll<F: Future + ?Sized>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        // Before the poll: a wake during the poll asks for another one.
        self.queued.swap(false, Ordering::Acquire);
        future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }
}
// ANCHOR_END: task

// ANCHOR: executor
/// Runs many tasks on one thread. Wakes may come from any. Dropping it drops its tasks.
pub struct Executor<'a> {
    tasks: RefCell<HashMap<usize, (Arc<Task>, TaskFuture<'a>)>>,
    last_id: Cell<usize>,
    queue: Sender<usize>,
    /// The other end, borrowed by the `block_on` that runs.
    woken: RefCell<Receiver<usize>>,
}

type TaskFuture<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl<'a> Executor<'a> {
    /// Returns an executor without tasks.
    pub fn new() -> Self {
        let (queue, woken) = mpsc::channel();
        Executor { tasks: RefCell::default(), last_id: Cell::new(0), queue, woken: woken.into() }
    }

    /// Makes a task of `future`. It runs whenever [`block_on`](Self::block_on) does.
    pub fn spawn<F: Future<Output: 'a> + 'a>(&self, future: F) -> JoinHandle<F::Output> {
        let (sender, output) = oneshot::channel();
        let future = Box::pin(async move {
            // After a panic the future is not polled again.
            let output = AssertUnwindSafe(future).catch_unwind().await;
            // An error says that nobody has the handle anymore.
            let _ = sender.send(output);
        });
        let task = self.queued_task();
        self.tasks.borrow_mut().insert(task.id, (task, future));
        JoinHandle(output)
    }

    /// Polls `future` and all tasks when they are woken, until `future` is ready. Tasks that are
    /// not done stay for the next call.
    ///
    /// # Panics
    /// If `future` does, or if this executor is already in a `block_on`.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let woken = self.woken.try_borrow_mut().expect("block_on was called inside block_on");
        let mut future = pin!(future);
        let main = self.queued_task();
        loop {
            // Sleeps while the queue is empty.
            let id = woken.recv().expect("self.queue is a sender, so the channel is open");
            if id != main.id {
                self.run(id);
            } else if let Poll::Ready(output) = main.poll(future.as_mut()) {
                return output;
            }
        }
    }

    fn run(&self, id: usize) {
        // Taken out, because the task may spawn others. If it is done, this wake came too late.
        let Some((task, mut future)) = self.tasks.borrow_mut().remove(&id) else { return };
        if task.poll(future.as_mut()).is_pending() {
            self.tasks.borrow_mut().insert(id, (task, future));
        }
    }

    fn queued_task(&self) -> Arc<Task> {
        self.last_id.update(|id| id + 1);
        let (id, queue) = (self.last_id.get(), self.queue.clone());
        let task = Arc::new(Task { id, queued: AtomicBool::new(false), queue });
        Arc::clone(&task).wake();
        task
    }
}
// ANCHOR_END: executor

impl Default for Executor<'_> {
    fn default() -> Self {
        Self::new()
    }
}

// ANCHOR: join_handle
/// A future of a task's output. Dropping it changes nothing for the task.
#[derive(Debug)]
pub struct JoinHandle<T>(oneshot::Receiver<Result<T, Box<dyn Any + Send>>>);

impl<T> Future for JoinHandle<T> {
    /// An error holds the task's panic, or [`oneshot::Canceled`] if the executor was dropped.
    type Output = Result<T, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let output = self.0.poll_unpin(cx);
        output.map(|sent| sent.unwrap_or_else(|canceled| Err(Box::new(canceled))))
    }
}
// ANCHOR_END: join_handle

// ANCHOR: many
/// Lets `count` tasks wait for a letter each, and another thread deliver. Returns how many letters
/// were read, and the number of polls.
pub fn many(count: usize) -> (usize, usize) {
    let polls = Arc::<AtomicUsize>::default();
    let mailboxes: Vec<Arc<Mailbox>> = (0..count).map(|_| Arc::default()).collect();
    let executor = Executor::new();
    let read = executor.block_on(async {
        let wait = |mailbox| executor.spawn(letter(keep_latest, mailbox, Arc::clone(&polls)));
        let waiting: Vec<_> = mailboxes.iter().cloned().map(wait).collect();
        // First in, first out: when this one has run, all before it have been polled.
        executor.spawn(async {}).await.expect("it does not panic");
        thread::spawn(move || mailboxes.iter().for_each(|mailbox| mailbox.deliver("Dear Ada")));

        let mut read = 0;
        for letter in waiting {
            read += usize::from(letter.await.is_ok());
        }
        read
    });
    (read, polls.load(Ordering::Relaxed))
}
// ANCHOR_END: many

/// Passes each poll on to `future`, and counts it.
async fn counted<F: Future>(future: F, polls: &Cell<usize>) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.update(|polls| polls + 1);
        future.as_mut().poll(cx)
    })
    .await
}

// ANCHOR: main
/// Runs a timer asleep and awake, then three timers as tasks, then 10,000 tasks.
pub fn main() -> Result<(), Box<dyn Error>> {
    let polls = Cell::new(0);
    let timer = |millis| {
        let takes = Duration::from_millis(millis);
        counted(Timer::new(takes), &polls).instrument(info_span!("timer", ?takes))
    };

    let timeline = lessons::timeline("block_on: polls when it is woken, sleeps in between");
    block_on(timer(40));
    timeline.draw();
    println!("polls: {}\n", polls.take());

    let timeline = lessons::timeline("poll_in_a_loop: never sleeps");
    poll_in_a_loop(timer(40));
    timeline.draw();
    println!("polls: {}\n", polls.take());

    let timeline = lessons::timeline("three tasks on one thread: polls those that are woken");
    let executor = Executor::new();
    let handles = [40, 20, 30].map(|millis| executor.spawn(timer(millis)));
    executor.block_on(async {
        for handle in handles {
            handle.await.expect("a timer does not panic");
        }
    });
    timeline.draw();
    println!("polls: {}\n", polls.take());

    let (read, polls) = many(10_000);
    println!("10000 tasks on one thread, each waits for a letter from another thread");
    println!("letters read: {read}, polls: {polls}");
    Ok(())
}
// ANCHOR_END: main

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::rc::{Rc, Weak};
    use std::sync::Mutex;
    use witness::{Drops, Log, Polls, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(5);

    /// Pending `times` times, with a wake each time.
    async fn yields(times: usize) {
        let mut left = times;
        poll_fn(|cx| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Waits for nobody; the waker of the latest poll can be had.
    fn waits(waker: &Arc<Mutex<Option<Waker>>>) -> impl Future<Output = ()> + use<> {
        let waker = Arc::clone(waker);
        poll_fn(move |cx| {
            *waker.lock().expect("nobody panics with the lock") = Some(cx.waker().clone());
            Poll::Pending
        })
    }

    fn taken(waker: &Mutex<Option<Waker>>) -> Waker {
        waker.lock().expect("nobody panics with the lock").take().expect("it was polled")
    }

    #[test]
    fn block_on_polls_a_timer_exactly_twice() {
        let polls = within(LONG, || {
            let (timer, polls) = polls(Timer::new(SHORT));
            block_on(timer);
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn block_on_counts_a_wake_during_the_poll() {
        let polls = within(LONG, || {
            let (yields, polls) = polls(yields(1_000));
            block_on(yields);
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (1_001, 1_000, 0));
    }

    #[test]
    fn a_poll_that_parks_its_thread_takes_no_wake_away() {
        within(LONG, || {
            let mut polled = false;
            block_on(poll_fn(|cx| {
                if polled {
                    return Poll::Ready(());
                }
                polled = true;
                cx.waker().wake_by_ref();
                // As a lock or a channel may do inside: this takes the token of `unpark`.
                thread::park();
                Poll::Pending
            }));
        });
    }

    #[test]
    fn an_unpark_that_is_no_wake_polls_nothing() {
        let polls = within(LONG, || {
            let sleeper = thread::current();
            let mailbox = Arc::<Mailbox>::default();
            let postman = {
                let mailbox = Arc::clone(&mailbox);
                move || {
                    for _ in 0..100 {
                        sleeper.unpark();
                        thread::yield_now();
                    }
                    mailbox.deliver("Dear Ada");
                }
            };
            let mut postman = Some(postman);
            let letter = letter(keep_latest, mailbox, Arc::default());
            let mut letter = Box::pin(letter);
            let (waits, polls) = polls(poll_fn(move |cx| {
                let answer = letter.poll_unpin(cx);
                if let Some(postman) = postman.take() {
                    thread::current().unpark();
                    thread::spawn(postman);
                }
                answer
            }));
            assert_eq!(block_on(waits), "Dear Ada");
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn polling_in_a_loop_polls_thousands_of_times_unasked() {
        let polls = within(LONG, || {
            let mailbox = Arc::<Mailbox>::default();
            let letter = letter(keep_latest, Arc::clone(&mailbox), Arc::default());
            let (letter, polls) = polls(letter);
            let seen = polls.clone();
            thread::spawn(move || {
                while seen.count() < 5_000 {
                    thread::yield_now();
                }
                mailbox.deliver("Dear Ada");
            });
            assert_eq!(poll_in_a_loop(letter), "Dear Ada");
            polls
        });
        assert!(polls.spurious() >= 4_999, "{polls:?}");
    }

    #[test]
    fn ten_thousand_tasks_finish_with_two_polls_each() {
        assert_eq!(within(LONG, || many(10_000)), (10_000, 20_000));
    }

    #[test]
    fn tasks_are_polled_only_after_wakes_from_other_threads() {
        let polls = within(LONG, || {
            let polls = Polls::new();
            let executor = Executor::new();
            let timers = [(); 20].map(|()| executor.spawn(polls.watch(Timer::new(SHORT))));
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
        let polls = within(LONG, || {
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
        within(LONG, move || {
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

    /// Runs `wakes` on a task that waits, then lets the queue run empty. Returns the polls of the
    /// task that this asked for.
    fn polls_after(wakes: impl FnOnce(Waker) + Send + 'static) -> usize {
        within(LONG, || {
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
        let polls = within(LONG, || {
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
        within(LONG, || {
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
        let done = within(LONG, || {
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
        within(LONG, || {
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
        within(LONG, || {
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
            let told = block_on(task).expect_err("it has no output");
            assert!(told.is::<oneshot::Canceled>());
        });
        assert_eq!((drops.finished(), drops.canceled()), (0, 1));
    }

    #[test]
    fn a_panic_is_the_task_s_output_and_harms_no_other() {
        let drops = Drops::new();
        let guard = drops.guard();
        let (panicked, other) = within(LONG, || {
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
            executor.block_on(async { (panics.await, other.await.expect("it does not panic")) })
        });
        let panicked: Result<(), _> = panicked;
        let message = panicked.expect_err("it panicked").downcast::<&str>();
        assert_eq!(*message.expect("a message"), "on purpose");
        assert_eq!(other, "done");
        assert!(drops.is_dropped());
    }

    #[test]
    fn a_panic_of_the_main_future_goes_to_the_caller_and_the_tasks_stay() {
        let done = within(LONG, || {
            let executor = Executor::new();
            let task = executor.spawn(async {
                yields(3).await;
                "done"
            });
            let main = async {
                yields(1).await;
                panic!("on purpose");
            };
            let caught = std::panic::catch_unwind(AssertUnwindSafe(|| executor.block_on(main)));
            let caught: Result<(), _> = caught;
            assert!(caught.expect_err("it panicked").is::<&str>());
            executor.block_on(task).expect("it does not panic")
        });
        assert_eq!(done, "done");
    }

    #[test]
    fn block_on_inside_block_on_of_the_same_executor_panics() {
        let told = within(LONG, || {
            let executor = Rc::new(Executor::new());
            let inside = Rc::downgrade(&executor);
            let task = executor.spawn(async move {
                let executor = inside.upgrade().expect("it is in a block_on");
                executor.block_on(yields(1));
            });
            executor.block_on(task).expect_err("it panics")
        });
        let told = told.downcast::<String>().expect("a message");
        assert!(told.starts_with("block_on was called inside block_on"), "{told}");
    }

    #[test]
    fn another_executor_may_run_inside() {
        let done = within(LONG, || {
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
        let left = within(LONG, || {
            let (executor, left) = (Rc::new(Executor::new()), Rc::new(Cell::new(3)));
            executor.spawn(count_down(Rc::downgrade(&executor), Rc::clone(&left)));
            executor.block_on(yields(5));
            left.get()
        });
        assert_eq!(left, 0);
    }

    #[test]
    fn a_handle_may_be_awaited_on_another_thread() {
        let output = within(LONG, || {
            let executor = Executor::new();
            let task = executor.spawn(async { 6 * 7 });
            let waiting = thread::spawn(|| block_on(task).expect("it does not panic"));
            executor.block_on(yields(1));
            waiting.join().expect("it does not panic")
        });
        assert_eq!(output, 42);
    }
}

#[cfg(all(test, loom))]
mod model {
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
            let flag =
                Arc::new(WakeFlag { woken: AtomicBool::new(false), thread: thread::current() });
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
}
