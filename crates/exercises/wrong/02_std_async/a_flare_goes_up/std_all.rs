// Std atomics and a std Mutex, no second look, relaxed.
// => failed loom_sees_the_flag_and_the_lock

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
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
        self.fired.store(true, Ordering::Relaxed);
        let watcher = self.watcher.lock().unwrap().take();
        if let Some(watcher) = watcher { watcher.wake(); }
    }

    fn poll_fired(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.fired.load(Ordering::Relaxed) { return Poll::Ready(()); }
        *self.watcher.lock().unwrap() = Some(cx.waker().clone());
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
