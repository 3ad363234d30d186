//! Compute first, lock after.
//!
//! A thread that waits for a Rayon call takes other jobs meanwhile, with
//! whatever it has locked.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// ANCHOR: words
/// Counts the words of all pages on the threads of the current pool.
fn words(pages: &[&str], tell: &(dyn Fn(Step) + Sync)) -> usize {
    let count = |(page, text): (usize, &&str)| {
        tell(Step::Counts(page + 1));
        text.split_whitespace().count()
    };
    pages.par_iter().enumerate().map(count).sum()
}
// ANCHOR_END: words

// ANCHOR: holding
/// Adds the words of all pages to the total. Wrong: holds the lock while Rayon
/// counts.
pub fn add_holding(
    total: &Mutex<usize>,
    pages: &[&str],
    tell: &(dyn Fn(Step) + Sync),
) {
    tell(Step::WantsLock);
    let mut total = total.lock().expect("nobody panics with the lock");
    tell(Step::HasLock);
    *total += words(pages, tell);
    tell(Step::Unlocks);
}
// ANCHOR_END: holding

// ANCHOR: after
/// Adds the words of all pages to the total. Locks it when there is nothing
/// left to wait for.
pub fn add_after(
    total: &Mutex<usize>,
    pages: &[&str],
    tell: &(dyn Fn(Step) + Sync),
) {
    let words = words(pages, tell);
    tell(Step::WantsLock);
    let mut total = total.lock().expect("nobody panics with the lock");
    tell(Step::HasLock);
    *total += words;
    tell(Step::Unlocks);
}
// ANCHOR_END: after

// ANCHOR: two_books
/// Adds two books of two pages in a pool of two threads, and returns the total.
/// The second book is brought when both threads are at the first, and the first
/// is not done before the second is taken up.
pub fn two_books<W>(
    pool: &ThreadPool,
    way: W,
    tell: &(dyn Fn(Event) + Sync),
) -> usize
where
    W: Fn(&Mutex<usize>, &[&str], &(dyn Fn(Step) + Sync)) + Sync,
{
    let total = Mutex::new(0);
    let (both_here, taken_up) = (Barrier::new(3), Barrier::new(2));
    let tell = |book, step| {
        let thread = thread::current().name().unwrap_or("no name").to_owned();
        tell(Event { thread, book, step });
    };
    let first = |step| {
        tell(1, step);
        if let Step::Counts(page) = step {
            both_here.wait();
            if page == 2 {
                taken_up.wait();
            }
        }
    };
    let second = |step| tell(2, step);
    pool.in_place_scope(|scope| {
        scope.spawn(|_| {
            way(&total, &["one fish two fish", "red fish blue fish"], &first)
        });
        both_here.wait();
        scope.spawn(|_| {
            taken_up.wait();
            way(&total, &["this one has", "a little star"], &second);
        });
    });
    total.into_inner().expect("nobody panicked with the lock")
}
// ANCHOR_END: two_books

/// Adds two books in both ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("the lock held across the Rayon call");
    let pool = two_threads()?;
    let (tell, events) = mpsc::channel();
    // This thread and those of the pool are left behind, and end with the
    // process.
    thread::spawn(move || {
        two_books(&pool, add_holding, &|event| {
            tell.send(event).expect("main keeps listening")
        });
    });
    let mut seen = Vec::new();
    for event in &events {
        println!("  {event}");
        seen.push(event);
        if let Some(thread) = waits_for_itself(&seen) {
            println!("  {thread}  waits for itself");
            break;
        }
    }
    if events.recv_timeout(SILENCE) == Err(RecvTimeoutError::Timeout) {
        println!("  nothing more in {SILENCE:?}: STUCK\n");
    }

    println!("computed first, locked after");
    let total =
        two_books(&two_threads()?, add_after, &|event| println!("  {event}"));
    println!("  total: {total} words");
    Ok(())
}

/// The proof is that a thread waits for itself. The silence is for those who do
/// not believe it.
const SILENCE: Duration = Duration::from_millis(300);

fn two_threads() -> Result<ThreadPool, Box<dyn Error>> {
    let named =
        ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}"));
    Ok(named.num_threads(2).build()?)
}

// ANCHOR: watch
/// The thread that wants the lock while it has it, if there is one. It will
/// wait for itself.
pub fn waits_for_itself(events: &[Event]) -> Option<&str> {
    let mut holder = None;
    for Event { thread, step, .. } in events {
        match step {
            Step::HasLock => holder = Some(thread),
            Step::Unlocks => holder = None,
            Step::WantsLock if holder == Some(thread) => return Some(thread),
            Step::WantsLock | Step::Counts(_) => {}
        }
    }
    None
}
// ANCHOR_END: watch

/// A step of somebody who adds a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Counts the words of this page.
    Counts(usize),
    /// Asks for the lock.
    WantsLock,
    /// Has got it.
    HasLock,
    /// Is about to let go of it.
    Unlocks,
}

/// A step, and who takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The thread's name.
    pub thread: String,
    /// The book's number.
    pub book: usize,
    /// The step that the thread takes.
    pub step: Step,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { thread, book, step } = self;
        match step {
            Step::Counts(page) => {
                write!(f, "{thread}  book {book}  counts page {page}")
            }
            Step::WantsLock => {
                write!(f, "{thread}  book {book}  wants the lock")
            }
            Step::HasLock => write!(f, "{thread}  book {book}  has the lock"),
            Step::Unlocks => write!(f, "{thread}  book {book}  added, unlocks"),
        }
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
