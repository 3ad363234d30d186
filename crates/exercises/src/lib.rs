//! What tests of several exercises need. It is built once, with the dependencies of all exercises.

use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

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
