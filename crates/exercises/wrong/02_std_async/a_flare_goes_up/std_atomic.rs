// The flag is one of the standard library: loom does not see it, and tries too few orders.
// => failed who_sees_the_flare_sees_the_bearing

use loom::sync::Mutex;
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
        self.fired.store(true, Ordering::Release);
        let watcher = self.watcher.lock().expect("nobody panics with the lock").take();
        if let Some(watcher) = watcher {
            watcher.wake();
        }
    }

    fn poll_fired(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.fired.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        *self.watcher.lock().expect("nobody panics with the lock") = Some(cx.waker().clone());
        // It may have gone up after the look, when there was no waker yet.
        if self.fired.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
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
