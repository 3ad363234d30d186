//! An executor polls the tasks that are woken, and sleeps when none is.

// ANCHOR: program
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

// Under `just loom`, loom's own of these: it runs the models in every order
// that can happen.
#[cfg(loom)]
use loom::{
    sync::atomic::AtomicBool,
    sync::mpsc::{self, Receiver, Sender},
};
#[cfg(not(loom))]
use std::{
    sync::atomic::AtomicBool,
    sync::mpsc::{self, Receiver, Sender},
};

use futures::FutureExt;
use futures::channel::oneshot;
use tracing::{Instrument, info_span};

// ANCHOR: task
/// A task, as its waker knows it. The future is not in it: that stays with the
/// executor.
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
    fn poll<F: Future + ?Sized>(
        self: &Arc<Self>,
        future: Pin<&mut F>,
    ) -> Poll<F::Output> {
        // Before the poll: a wake during the poll asks for another one.
        self.queued.swap(false, Ordering::Acquire);
        future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }
}
// ANCHOR_END: task

// ANCHOR: executor
/// Runs many tasks on one thread. Wakes may come from any. Dropping it drops
/// its tasks.
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
        Executor {
            tasks: RefCell::default(),
            last_id: Cell::new(0),
            queue,
            woken: woken.into(),
        }
    }

    /// Makes a task of `future`. It runs whenever [`block_on`](Self::block_on)
    /// does.
    pub fn spawn<F: Future<Output: 'a> + 'a>(
        &self,
        future: F,
    ) -> JoinHandle<F::Output> {
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

    /// Polls `future` and all tasks when they are woken, until `future` is
    /// ready. Tasks that are not done stay for the next call.
    ///
    /// # Panics
    /// If `future` does, or if this executor is already in a `block_on`.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let woken = self
            .woken
            .try_borrow_mut()
            .expect("block_on was called inside block_on");
        let mut future = pin!(future);
        let main = self.queued_task();
        loop {
            // Sleeps while the queue is empty.
            let id = woken
                .recv()
                .expect("self.queue is a sender, so the channel is open");
            if id != main.id {
                self.run(id);
            } else if let Poll::Ready(output) = main.poll(future.as_mut()) {
                return output;
            }
        }
    }

    fn run(&self, id: usize) {
        // Taken out, because the task may spawn others. If it is done, this
        // wake came too late.
        let Some((task, mut future)) = self.tasks.borrow_mut().remove(&id)
        else {
            return;
        };
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

/// A future of a task's output. Dropping it changes nothing for the task.
#[derive(Debug)]
pub struct JoinHandle<T>(oneshot::Receiver<Result<T, Box<dyn Any + Send>>>);

impl<T> Future for JoinHandle<T> {
    /// An error holds the task's panic, or [`oneshot::Canceled`] if the
    /// executor was dropped.
    type Output = Result<T, Box<dyn Any + Send>>;

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        let output = self.0.poll_unpin(cx);
        output
            .map(|sent| sent.unwrap_or_else(|canceled| Err(Box::new(canceled))))
    }
}

/// Runs three timers as tasks, then 10,000 tasks.
pub fn main() -> Result<(), Box<dyn Error>> {
    let polls = Cell::new(0);
    let timer = |millis| {
        let takes = Duration::from_millis(millis);
        counted(wait(takes), &polls).instrument(info_span!("timer", ?takes))
    };

    let timeline = timeline::timeline(
        "three tasks on one thread: polls those that are woken",
    );
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
    println!(
        "10000 tasks on one thread, each waits for a letter from another thread"
    );
    println!("letters read: {read}, polls: {polls}");
    Ok(())
}

/// Lets `count` tasks wait for a letter each, and another thread deliver.
/// Returns how many letters were read, and the number of polls.
pub fn many(count: usize) -> (usize, usize) {
    let polls = Cell::new(0);
    let (senders, letters): (Vec<_>, Vec<_>) =
        (0..count).map(|_| oneshot::channel()).unzip();
    let executor = Executor::new();
    let read = executor.block_on(async {
        let wait = |letter| executor.spawn(counted(letter, &polls));
        let waiting: Vec<_> = letters.into_iter().map(wait).collect();
        // First in, first out: when this one has run, all before it have been
        // polled.
        executor.spawn(async {}).await.expect("it does not panic");
        let deliver = |sender: oneshot::Sender<_>| {
            sender.send("Dear Ada").expect("a task waits")
        };
        thread::spawn(move || senders.into_iter().for_each(deliver));

        let mut read = 0;
        for letter in waiting {
            read += usize::from(matches!(letter.await, Ok(Ok(_))));
        }
        read
    });
    (read, polls.get())
}

impl Default for Executor<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Passes each poll on to `future`, and counts it: from the lesson `block-on`.
async fn counted<F: Future>(future: F, polls: &Cell<usize>) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.update(|polls| polls + 1);
        future.as_mut().poll(cx)
    })
    .await
}

/// Waits as long as `takes` says. Another thread sleeps meanwhile: from the
/// lesson `combinators`.
async fn wait(takes: Duration) {
    let (sender, time_is_up) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(takes);
        // An error says that nobody waits anymore.
        let _ = sender.send(());
    });
    time_is_up.await.expect("the thread sends");
}
// ANCHOR_END: program

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod model;
