//! What polls the tasks: all of them on one thread, or a future for a few times
//! only.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Polls `future` up to `times`. `None` says that it wants to be polled again.
pub(super) async fn first_polls<F: Future>(
    times: u32,
    future: F,
) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0..times;
    poll_fn(|cx| match polls.next() {
        Some(_) => future.as_mut().poll(cx).map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Polls all until all are ready: from the lesson `read-file`.
pub(super) async fn join_all<F: Future<Output = ()>>(
    futures: impl IntoIterator<Item = F>,
) {
    let mut left: Vec<_> = futures.into_iter().map(Box::pin).collect();
    poll_fn(|cx| {
        // One that was ready is gone: it must not be polled again.
        left.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if left.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
