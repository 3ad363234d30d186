//! The allocations of a call, counted: this needs an allocator of its own, so a
//! program of its own. And the lesson `first` with its mistake, as programs.

#![expect(
    unsafe_code,
    reason = "only a global allocator can count what is allocated"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use chapter_01_futures::async_trait::{
    English, Esperanto, Greet, GreetBoxed, boxed, choir, native,
};
use futures::executor::block_on;
use witness::{example, printed};

/// The system's allocator, which counts the calls of each thread.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: every call goes to `System` as it came. Counting neither allocates
// nor panics: the thread-local has a constant start value and no destructor.
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
    assert_eq!(
        allocated(|| English.greet("Ada")),
        (0, native(&English).allocated)
    );
    assert_eq!(
        allocated(|| English.greet_boxed("Ada")),
        (1, boxed(&English).allocated)
    );
    assert_eq!(
        allocated(|| Esperanto.greet("Ada")),
        (0, native(&Esperanto).allocated)
    );
    assert_eq!(
        allocated(|| Esperanto.greet_boxed("Ada")),
        (1, boxed(&Esperanto).allocated)
    );
}

#[test]
fn every_greeting_through_dyn_allocates_one_more() {
    // The first `block_on` of a thread makes its waker.
    block_on(async {});
    // Both make the same strings and grow the same vector.
    let natively = allocated(|| {
        block_on(async {
            let mut greetings = Vec::new();
            for _ in 0..50 {
                greetings.push(English.greet("Ada").await);
            }
            greetings
        })
    });
    let greeters: Vec<_> =
        (0..50).map(|_| Box::new(English) as Box<dyn GreetBoxed>).collect();
    let through_dyn = allocated(|| block_on(choir(&greeters, "Ada")));
    assert_eq!(through_dyn.0, natively.0 + 50);
}

#[test]
fn the_first_program_prints_who_waits_and_who_goes_on() {
    let printed = printed(env!("CARGO_BIN_EXE_chapter-01"), &["first"]);
    let kept = include_str!("../../../../docs/src/chapter-01/first.txt");
    assert!(printed.contains(kept), "{printed}");
    assert_eq!(kept.lines().count(), 3);
}

#[test]
fn what_nobody_awaits_does_nothing() {
    let example = example(env!("CARGO_BIN_EXE_chapter-01"), "forgotten-await");
    let kept = include_str!(
        "../../../../docs/src/chapter-01/first-forgotten-await.txt"
    );
    assert_eq!(printed(example, &[]), kept);
    assert_eq!(kept.lines().count(), 1);
}
