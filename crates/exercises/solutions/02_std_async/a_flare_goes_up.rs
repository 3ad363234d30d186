// A surveyor writes down a bearing and fires a flare. Whoever watches for the flare then reads the
// bearing. Write `fire` and `poll_fired`. The flag is an atomic, so a look at it needs no lock.
//
// What is wanted: who has seen the flare sees all that was written before it. Who got `Pending` is
// woken once, when the flare has gone up and not before. Its waker is not kept after that.
//
// How it is judged: loom runs each test in every order in which two threads can take turns, and
// shows each of them every old value that their orderings allow. It sees `loom::sync` only, so take
// locks and atomics from there: a test counts the orders. No poll waits for the flare.
//
// Lesson: chapter-02 channel

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

#[cfg(test)]
mod tests {
    use super::*;
    use loom::sync::atomic::AtomicU32;
    use loom::thread;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(120);

    /// Loom tries more orders than this, however the flare is made.
    const ORDERS: usize = 4;

    /// Counts its wakes. It is not one of loom's: it only watches.
    #[derive(Default)]
    struct Watcher(AtomicUsize);

    impl Wake for Watcher {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
        within(LIMIT, || loom::model(model));
    }

    /// The number of orders in which loom runs a model.
    fn orders(model: impl Fn() + Send + Sync + 'static) -> usize {
        let runs = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&runs);
        in_every_order(move || {
            counted.fetch_add(1, Relaxed);
            model();
        });
        runs.load(Relaxed)
    }

    fn poll(flare: &Flare, watcher: &std::sync::Arc<Watcher>) -> Poll<()> {
        let waker = Waker::from(std::sync::Arc::clone(watcher));
        flare.poll_fired(&mut Context::from_waker(&waker))
    }

    /// Watches while another thread fires, after so many polls with wakers of others.
    fn watch(others: usize) {
        let (flare, watcher) = (loom::sync::Arc::new(Flare::new()), std::sync::Arc::default());
        let firing = loom::sync::Arc::clone(&flare);
        let firing = thread::spawn(move || firing.fire());
        let dark = (0..others).all(|_| poll(&flare, &std::sync::Arc::default()).is_pending());
        let waits = dark && poll(&flare, &watcher).is_pending();
        thread::yield_now();
        let woken = watcher.0.load(Relaxed) > 0;
        let for_nothing = waits && woken && poll(&flare, &watcher).is_pending();
        firing.join().expect("firing does not panic");
        assert!(!for_nothing, "woken, and the flare was not up yet");
        assert!(!waits || watcher.0.load(Relaxed) == 1, "it has gone up, and who waits sleeps on");
        assert!(poll(&flare, &watcher).is_ready(), "it has gone up");
    }

    #[test]
    fn whoever_waits_is_woken_in_every_order() {
        in_every_order(|| watch(0));
    }

    #[test]
    fn the_latest_waker_is_woken() {
        in_every_order(|| watch(1));
    }

    #[test]
    fn who_sees_the_flare_sees_the_bearing() {
        in_every_order(|| {
            let shared = loom::sync::Arc::new((Flare::new(), AtomicU32::new(0)));
            let surveyor = loom::sync::Arc::clone(&shared);
            let firing = thread::spawn(move || {
                surveyor.1.store(7, Relaxed);
                surveyor.0.fire();
            });
            let seen = poll(&shared.0, &std::sync::Arc::default()).is_ready();
            let bearing = shared.1.load(Relaxed);
            firing.join().expect("firing does not panic");
            assert!(!seen || bearing == 7, "the flare was seen, and the bearing was {bearing}");
        });
    }

    #[test]
    fn loom_sees_the_flag_and_the_lock() {
        let orders = orders(|| {
            let flare = loom::sync::Arc::new(Flare::new());
            let firing = loom::sync::Arc::clone(&flare);
            let firing = thread::spawn(move || firing.fire());
            let _ = poll(&flare, &std::sync::Arc::default());
            firing.join().expect("firing does not panic");
        });
        assert!(
            orders >= ORDERS,
            "loom tried {orders} orders only: it does not see all that is shared"
        );
    }

    #[test]
    fn no_poll_waits_for_the_flare() {
        in_every_order(|| {
            let (flare, watcher) = (Flare::new(), std::sync::Arc::default());
            for _ in 0..3 {
                assert!(poll(&flare, &watcher).is_pending(), "nobody has fired");
            }
            assert_eq!(watcher.0.load(Relaxed), 0, "woken before it has gone up");
            flare.fire();
            assert_eq!(watcher.0.load(Relaxed), 1, "wakes when it has gone up");
            assert!(poll(&flare, &watcher).is_ready(), "it has gone up");
        });
    }

    #[test]
    fn a_waker_is_not_kept_after_its_wake() {
        in_every_order(|| {
            let (flare, watcher) = (Flare::new(), std::sync::Arc::default());
            assert!(poll(&flare, &watcher).is_pending(), "nobody has fired");
            flare.fire();
            flare.fire();
            assert_eq!(watcher.0.load(Relaxed), 1, "wakes after two flares");
            assert_eq!(std::sync::Arc::strong_count(&watcher), 1, "the waker is still kept");
        });
    }
}
