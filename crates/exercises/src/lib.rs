//! What tests of several exercises need. It is built once, with the dependencies of all exercises.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A waker that calls `cloned` whenever it is cloned, and `woken` whenever it is woken.
///
/// What a future does between looking and keeping its waker is seen by nobody; but it clones the
/// waker there. So `cloned` can let the news come at exactly that moment.
pub fn hooked(
    cloned: impl Fn() + Send + Sync + 'static,
    woken: impl Fn() + Send + Sync + 'static,
) -> Waker {
    waker(Arc::new(Hooks { cloned: Box::new(cloned), woken: Box::new(woken) }))
}

struct Hooks {
    cloned: Box<dyn Fn() + Send + Sync>,
    woken: Box<dyn Fn() + Send + Sync>,
}

fn waker(hooks: Arc<Hooks>) -> Waker {
    let data = Arc::into_raw(hooks).cast::<()>();
    #[expect(unsafe_code, reason = "a waker whose clone is heard needs a table of its own")]
    // SAFETY: `data` is from `Arc::into_raw`, and each function treats it as one owner of it.
    unsafe {
        Waker::from_raw(RawWaker::new(data, &TABLE))
    }
}

#[expect(unsafe_code, reason = "each function gets what `Arc::into_raw` returned")]
static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: the waker that is cloned is an owner, and stays one.
        let hooks = unsafe {
            Arc::increment_strong_count(data.cast::<Hooks>());
            Arc::from_raw(data.cast::<Hooks>())
        };
        (hooks.cloned)();
        RawWaker::new(Arc::into_raw(hooks).cast(), &TABLE)
    },
    // SAFETY: whoever wakes by value is an owner, and is one no more.
    |data| unsafe { (Arc::from_raw(data.cast::<Hooks>()).woken)() },
    // SAFETY: the waker is an owner as long as it is borrowed.
    |data| unsafe { ((*data.cast::<Hooks>()).woken)() },
    // SAFETY: whoever is dropped is an owner, and is one no more.
    |data| unsafe { drop(Arc::from_raw(data.cast::<Hooks>())) },
);

/// Runs `work` on this thread, which is stopped for a moment every few microseconds, wherever it is.
/// Linux only; elsewhere it just runs.
///
/// Between two instructions nothing is called that a test could get hold of, and a gap of a few
/// nanoseconds is met by another thread once in a million times. A thread that is stopped there
/// leaves it open for as long as another one needs, also where both share a core.
#[cfg(target_os = "linux")]
pub fn interrupted<T>(work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let worker = stops::this_thread();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0_u32;
            while !over.load(Ordering::Acquire) {
                stops::stop(worker);
                // Never in step with the work.
                round = round.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                for _ in 0..round >> 21 {
                    std::hint::spin_loop();
                }
                thread::sleep(Duration::from_nanos(1));
            }
        });
        // Also if the work panics, the other thread ends before this one.
        let _over = Over(&over);
        work()
    })
}

#[cfg(not(target_os = "linux"))]
pub fn interrupted<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Says in the end that it is over.
#[cfg(target_os = "linux")]
struct Over<'a>(&'a AtomicBool);

#[cfg(target_os = "linux")]
impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A signal that stops a thread for as long as the shortest sleep takes.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only the system can stop a thread at any place")]
mod stops {
    use std::mem::zeroed;
    use std::sync::Once;

    /// Ignored by whoever does not expect it.
    const SIGNAL: libc::c_int = libc::SIGURG;

    extern "C" fn nap(_: libc::c_int) {
        let short = libc::timespec { tv_sec: 0, tv_nsec: 1 };
        // SAFETY: both may be called in a handler. The thread's error number stays as it was.
        unsafe {
            let error = *libc::__errno_location();
            libc::nanosleep(&short, std::ptr::null_mut());
            *libc::__errno_location() = error;
        }
    }

    /// The thread that calls this.
    pub(crate) fn this_thread() -> libc::pthread_t {
        static HANDLED: Once = Once::new();
        // SAFETY: the action is whole: a handler that is as the system wants it, no flags but that
        // calls begin again, and no signals kept back.
        HANDLED.call_once(|| unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = nap as extern "C" fn(libc::c_int) as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(SIGNAL, &action, std::ptr::null_mut());
        });
        // SAFETY: it only asks.
        unsafe { libc::pthread_self() }
    }

    /// Stops a thread that lives.
    pub(crate) fn stop(thread: libc::pthread_t) {
        // SAFETY: `interrupted` does not return to its caller before this is over.
        let _ = unsafe { libc::pthread_kill(thread, SIGNAL) };
    }
}

/// The system's allocator, which lets two threads meet: see [`meet_at_an_allocation`]. A test
/// program makes it its own with `#[global_allocator]`.
///
/// Between reading a list and writing it back nothing is called that a test could get hold of. But
/// a list that grows takes memory there.
pub struct Meeting;

thread_local! {
    static MEETS: Cell<Option<(&'static AtomicUsize, u32)>> = const { Cell::new(None) };
}

/// Has this thread's `nth` allocation from now on, counted from 1, wait until another thread is at
/// such a one as well: both count themselves in `here`. It waits for a moment only, for the other may
/// be kept from it.
pub fn meet_at_an_allocation(here: &'static AtomicUsize, nth: u32) {
    MEETS.set(Some((here, nth)));
}

fn meet() {
    let Some((here, nth)) = MEETS.try_with(Cell::take).ok().flatten() else { return };
    if nth > 1 {
        MEETS.set(Some((here, nth - 1)));
    } else {
        here.fetch_add(1, Ordering::AcqRel);
        let begun = Instant::now();
        while here.load(Ordering::Acquire) < 2 && begun.elapsed() < Duration::from_millis(400) {
            thread::yield_now();
        }
    }
}

#[expect(unsafe_code, reason = "an allocator is unsafe to write; this one hands all on")]
// SAFETY: each call is the system allocator's, with the arguments as they came.
unsafe impl GlobalAlloc for Meeting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        meet();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        meet();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}
