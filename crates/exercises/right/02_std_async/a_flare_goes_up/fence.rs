// Fences.

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
        loom::sync::atomic::fence(Ordering::Release);
        self.fired.store(true, Ordering::Relaxed);
        let watcher = self.watcher.lock().unwrap().take();
        if let Some(watcher) = watcher { watcher.wake(); }
    }

    fn poll_fired(&self, cx: &mut Context<'_>) -> Poll<()> {
        use loom::sync::atomic::fence;
        let up = || self.fired.load(Ordering::Relaxed) && { fence(Ordering::Acquire); true };
        if !up() {
            *self.watcher.lock().unwrap() = Some(cx.waker().clone());
        }
        if up() { Poll::Ready(()) } else { Poll::Pending }
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
