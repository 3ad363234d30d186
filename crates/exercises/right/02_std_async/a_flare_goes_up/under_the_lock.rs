// The second look is under the lock.

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

struct Flare {
    fired: AtomicBool,
    /// Whom to wake: whoever polled last.
    watcher: Mutex<Option<Waker>>,
}

impl Flare {
    fn new() -> Self {
        Flare { fired: AtomicBool::new(false), watcher: Mutex::new(None) }
    }

    fn fire(&self) {
        let mut watcher = self.watcher.lock().unwrap();
        self.fired.store(true, Ordering::Release);
        let watcher_now = watcher.take();
        drop(watcher);
        if let Some(watcher) = watcher_now { watcher.wake(); }
    }

    fn poll_fired(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.fired.load(Ordering::Acquire) { return Poll::Ready(()); }
        let mut watcher = self.watcher.lock().unwrap();
        if self.fired.load(Ordering::Relaxed) { return Poll::Ready(()); }
        *watcher = Some(cx.waker().clone());
        Poll::Pending
    }
}

fn main() {
    loom::model(|| {
        let flare = loom::sync::Arc::new(Flare::new());
        let surveyor = loom::sync::Arc::clone(&flare);
        loom::thread::spawn(move || surveyor.fire());
        loom::future::block_on(std::future::poll_fn(|cx| flare.poll_fired(cx)));
    });
    println!("in every order the flare was seen");
}
