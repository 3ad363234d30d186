// Goes round within the poll until the flare is up: it holds up its thread.
// => failed no_poll_waits_for_the_flare

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
        self.fired.store(true, Ordering::Release);
        let watcher = self.watcher.lock().expect("nobody panics with the lock").take();
        if let Some(watcher) = watcher {
            watcher.wake();
        }
    }

    fn poll_fired(&self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.fired.load(Ordering::Acquire) {
            *self.watcher.lock().expect("nobody panics with the lock") = Some(cx.waker().clone());
            loom::thread::yield_now();
        }
        Poll::Ready(())
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
