//! A thread that waits for a Rayon call takes other jobs meanwhile: compute first, lock after.

use std::env;
use std::error::Error;
use std::fmt;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::pools::{child, is_child, named, watched};

// ANCHOR: holding
/// Adds the words of all pages to the total. Wrong: holds the lock while Rayon counts.
pub fn add_holding(total: &Mutex<usize>, pages: &[&str], tell: &(dyn Fn(Step) + Sync)) {
    tell(Step::WantsLock);
    let mut total = total.lock().expect("nobody panics with the lock");
    tell(Step::HasLock);
    *total += words(pages, tell);
    tell(Step::Unlocks);
}
// ANCHOR_END: holding

// ANCHOR: after
/// Adds the words of all pages to the total. Locks it when there is nothing left to wait for.
pub fn add_after(total: &Mutex<usize>, pages: &[&str], tell: &(dyn Fn(Step) + Sync)) {
    let words = words(pages, tell);
    tell(Step::WantsLock);
    let mut total = total.lock().expect("nobody panics with the lock");
    tell(Step::HasLock);
    *total += words;
    tell(Step::Unlocks);
}
// ANCHOR_END: after

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

/// What somebody does with a book.
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

/// Who does what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The thread's name.
    pub thread: String,
    /// The book's number.
    pub book: usize,
    /// What the thread does with it.
    pub step: Step,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { thread, book, step } = self;
        match step {
            Step::Counts(page) => write!(f, "{thread}  book {book}  counts page {page}"),
            Step::WantsLock => write!(f, "{thread}  book {book}  wants the lock"),
            Step::HasLock => write!(f, "{thread}  book {book}  has the lock"),
            Step::Unlocks => write!(f, "{thread}  book {book}  added, unlocks"),
        }
    }
}

// ANCHOR: two_books
/// Adds two books of two pages in a pool of two threads, and returns the total. The second book
/// is brought when both threads are at the first, and the first is not done before the second
/// is taken up.
pub fn two_books<W>(pool: &ThreadPool, way: W, tell: &(dyn Fn(Event) + Sync)) -> usize
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
        scope.spawn(|_| way(&total, &["one fish two fish", "red fish blue fish"], &first));
        both_here.wait();
        scope.spawn(|_| {
            taken_up.wait();
            way(&total, &["this one has", "a little star"], &second);
        });
    });
    total.into_inner().expect("nobody panicked with the lock")
}
// ANCHOR_END: two_books

// ANCHOR: watch
/// The thread that wants the lock while it has it, if there is one. It will wait for itself.
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

/// How the child says that it is lost.
const LOST: &str = "waits for itself";

/// What the child process does: it tells every step, and when it is lost.
fn fatal() -> Result<(), Box<dyn Error>> {
    let pool = named("rayon", 2).build()?;
    let events = Mutex::new(Vec::new());
    two_books(&pool, add_holding, &|event| {
        let mut events = events.lock().expect("nobody panics with the lock");
        eprintln!("{event}");
        events.push(event);
        if let Some(thread) = waits_for_itself(&events) {
            eprintln!("{thread}  {LOST}");
        }
    });
    Ok(())
}

/// How long the child may be silent. Lost, it need not be waited for; the short time is for those
/// who do not believe it.
pub fn patience(last: &str) -> Duration {
    if last.ends_with(LOST) { Duration::from_millis(300) } else { Duration::from_secs(30) }
}

/// Adds two books in both ways, the wrong one in a child process.
pub fn main() -> Result<(), Box<dyn Error>> {
    if is_child() {
        return fatal();
    }
    println!("the lock held across the Rayon call (in a child process)");
    let end = watched(&mut child(&env::current_exe()?, "deadlock"), patience)?;
    end.said.iter().for_each(|line| println!("  {line}"));
    if end.killed {
        println!("  nothing more in {:?}: STUCK, and killed", patience(LOST));
    }
    println!("  the child ended with {}\n", end.status);

    println!("computed first, locked after");
    let pool = named("rayon", 2).build()?;
    let total = two_books(&pool, add_after, &|event| println!("  {event}"));
    println!("  total: {total} words");
    Ok(())
}

#[cfg(test)]
mod tests;
