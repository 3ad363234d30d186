//! A future that was polled must not move.
//!
//! It may hold references into itself.
//!
//! Only what may move at any time, pinned or not, can be pinned with
//! `Pin::new`. A future of an `async fn` does not say that it may:
//!
//! ```compile_fail,E0277
//! use std::pin::Pin;
//!
//! async fn read() {}
//!
//! fn start() {
//!     let mut reading = read();
//!     Pin::new(&mut reading);
//! }
//! ```
//!
//! `pin!` takes the future itself and gives back only a pinned reference, so
//! that nobody can move the future afterwards:
//!
//! ```compile_fail,E0382
//! use std::pin::pin;
//!
//! async fn read() {}
//!
//! fn start() {
//!     let reading = read();
//!     let pinned = pin!(reading);
//!     let moved = reading;
//! }
//! ```

// ANCHOR: program
use std::cell::Cell;
use std::error::Error;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::pending;

// ANCHOR: bookmark
/// A page, and a pointer to one of its letters.
#[derive(Debug)]
pub struct Bookmark {
    page: [u8; 64],
    letter: *const u8,
}

impl Bookmark {
    /// Lets `letter` point to a letter of `page`.
    pub fn set(&mut self) {
        self.letter = &self.page[16];
    }

    /// Where the page lies, and where the pointer leads.
    pub fn places(&self) -> Places {
        Places::of(&self.page, self.letter)
    }
}
// ANCHOR_END: bookmark

// ANCHOR: read
/// Keeps a page, and a reference to one of its letters, while it waits for the
/// next poll.
pub async fn read(seen: &Cell<Places>) -> char {
    let page = [b'a'; 64];
    let letter = &page[16];
    seen.set(Places::of(&page, letter));
    pending!();
    seen.set(Places::of(&page, letter));
    char::from(*letter)
}
// ANCHOR_END: read

// ANCHOR: moved_unpinned
/// Moves a bookmark from the stack to the heap. Returns what was seen before
/// and after.
pub fn moved_unpinned() -> [Places; 2] {
    let mut bookmark = Bookmark::default();
    bookmark.set();
    let before = bookmark.places();
    let moved = Box::new(bookmark);
    [before, moved.places()]
}
// ANCHOR_END: moved_unpinned

// ANCHOR: moved_pinned
/// Addresses of a pinned future and of what it holds, between two polls.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// Where its box, a pointer, lies.
    pub pointer: usize,
    /// Where the future lies.
    pub future: Range<usize>,
    /// Where its page lies, and where its reference leads.
    pub inside: Places,
}

/// Polls a pinned future, moves its box from the stack to the heap, and polls
/// it again.
pub fn moved_pinned() -> [Pinned; 2] {
    let seen = Cell::default();
    let mut reading = Box::pin(read(&seen));
    assert_eq!(poll(reading.as_mut()), Poll::Pending);
    let before = look(&reading, &seen);

    let mut moved = Box::new(reading);
    assert_eq!(poll(moved.as_mut().as_mut()), Poll::Ready('a'));
    [before, look(&moved, &seen)]
}
// ANCHOR_END: moved_pinned

/// Moves a struct that points into itself, then a pinned future that does.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("a struct that points into itself, not pinned");
    println!("            page at          letter at");
    for (when, places) in ["made", "moved"].iter().zip(moved_unpinned()) {
        let verdict =
            if places.fit() { "in the page" } else { "NOT in the page" };
        println!(
            "  {when:8}  {:#014x}   {:#014x}   {verdict}",
            places.page.start, places.letter
        );
    }

    println!("\na future that points into itself, in Box::pin");
    println!(
        "            box at           future at        page at   letter at"
    );
    for (when, pinned) in ["polled", "moved"].iter().zip(moved_pinned()) {
        let Pinned { pointer, future, inside } = pinned;
        let start = future.start;
        println!(
            "  {when:8}  {pointer:#014x}   {start:#014x}   + {:<5}   + {}",
            inside.page.start - start,
            inside.letter - start,
        );
    }
    println!(
        "  size of the future: {} bytes",
        size_of_val(&read(&Cell::default()))
    );
    Ok(())
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn look<F>(pinned: &Pin<Box<F>>, seen: &Cell<Places>) -> Pinned {
    let future: &F = pinned;
    let start = std::ptr::from_ref(future).addr();
    Pinned {
        pointer: std::ptr::from_ref(pinned).addr(),
        future: start..start + size_of::<F>(),
        inside: seen.take(),
    }
}

/// Addresses: where a page lies, and where a pointer to one of its letters
/// leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The page's.
    pub page: Range<usize>,
    /// The letter's.
    pub letter: usize,
}

impl Places {
    fn of(page: &[u8], letter: *const u8) -> Self {
        let Range { start, end } = page.as_ptr_range();
        Places { page: start.addr()..end.addr(), letter: letter.addr() }
    }

    /// Whether the pointer leads to a letter of the page.
    pub fn fit(&self) -> bool {
        self.page.contains(&self.letter)
    }
}

impl Default for Bookmark {
    fn default() -> Self {
        Bookmark { page: [b'a'; 64], letter: std::ptr::null() }
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
