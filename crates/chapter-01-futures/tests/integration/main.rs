//! What a call allocates, counted: this needs an allocator of its own, so a program of its own.

#![expect(unsafe_code, reason = "only a global allocator can count what is allocated")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use chapter_01_futures::hello::{Friend, Greet, GreetBoxed, Parrot, boxed, native};

/// The system's allocator, which counts the calls of each thread.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: every call goes to `System` as it came. Counting neither allocates nor panics: the
// thread-local has a constant start value and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (calls, bytes) = ALLOCATED.get();
        ALLOCATED.set((calls + 1, bytes + layout.size()));
        // SAFETY: the caller keeps the promises that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises that `System` asks for.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread allocates in `f`, and how many bytes.
fn allocated<T>(f: impl FnOnce() -> T) -> (usize, usize) {
    let before = ALLOCATED.get();
    let value = f();
    let after = ALLOCATED.get();
    drop(value);
    (after.0 - before.0, after.1 - before.1)
}

#[test]
fn a_native_call_allocates_nothing_and_a_boxed_call_its_future() {
    assert_eq!(allocated(|| Parrot.greet("Ada")), (0, native(&Parrot).heap));
    assert_eq!(allocated(|| Parrot.greet_boxed("Ada")), (1, boxed(&Parrot).heap));
    let friend = Friend { thinks: Duration::ZERO };
    assert_eq!(allocated(|| friend.greet("Ada")), (0, native(&friend).heap));
    assert_eq!(allocated(|| friend.greet_boxed("Ada")), (1, boxed(&friend).heap));
}
