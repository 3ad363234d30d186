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
mod tests {
    use super::*;
    use std::sync::mpsc::{self, TryRecvError};
    use witness::{Log, within};

    const PATIENT: Duration = Duration::from_secs(60);

    fn pool(name: &'static str, threads: usize) -> ThreadPool {
        named(name, threads).build().expect("room for a few threads")
    }

    /// Adds two books on threads that are left behind if they get stuck. Returns the steps, and
    /// the total if there is one.
    fn told<W>(threads: usize, way: W) -> (Vec<Event>, Option<usize>)
    where
        W: Fn(&Mutex<usize>, &[&str], &(dyn Fn(Step) + Sync)) + Send + Sync + 'static,
    {
        within(PATIENT, move || {
            let log = Log::new();
            let (done, total) = mpsc::channel();
            let theirs = log.clone();
            thread::spawn(move || {
                let total = two_books(&pool("rayon", threads), way, &|event| theirs.push(event));
                done.send(total).expect("the test waits for it");
            });
            loop {
                let events = log.events();
                match total.try_recv() {
                    Ok(total) => return (log.events(), Some(total)),
                    Err(TryRecvError::Disconnected) => panic!("it panicked"),
                    Err(TryRecvError::Empty) if waits_for_itself(&events).is_some() => {
                        return (events, None);
                    }
                    Err(TryRecvError::Empty) => thread::yield_now(),
                }
            }
        })
    }

    fn who(events: &[Event], book: usize, step: Step) -> Option<&str> {
        let event = events.iter().find(|event| event.book == book && event.step == step)?;
        Some(&event.thread)
    }

    #[test]
    fn with_the_lock_held_the_waiting_thread_takes_the_second_book_and_waits_for_itself() {
        for _ in 0..20 {
            let (events, total) = told(2, add_holding);
            assert_eq!(total, None);
            let lost = waits_for_itself(&events);
            assert_eq!(who(&events, 1, Step::HasLock), lost);
            assert_eq!(who(&events, 1, Step::Counts(1)), lost);
            assert_ne!(who(&events, 1, Step::Counts(2)), lost, "the other one counts page 2");
            assert_eq!(who(&events, 2, Step::WantsLock), lost);
            assert_eq!(who(&events, 2, Step::HasLock), None);
        }
    }

    #[test]
    fn locked_after_the_waiting_thread_takes_the_second_book_all_the_same_and_both_are_added() {
        for _ in 0..20 {
            let (events, total) = told(2, add_after);
            assert_eq!(total, Some(14));
            assert_eq!(waits_for_itself(&events), None);
            let steps: Vec<_> = events.iter().map(|event| (event.book, event.step)).collect();
            let place = |it| steps.iter().position(|step| *step == it).expect("it was told");
            assert!(place((2, Step::Unlocks)) < place((1, Step::WantsLock)));
            assert_eq!(who(&events, 2, Step::WantsLock), who(&events, 1, Step::WantsLock));
        }
    }

    #[test]
    fn another_pool_for_the_call_under_the_lock_is_no_cure() {
        let inner = pool("inner", 2);
        let way = move |total: &Mutex<usize>, pages: &[&str], tell: &(dyn Fn(Step) + Sync)| {
            tell(Step::WantsLock);
            let mut total = total.lock().expect("nobody panics with the lock");
            tell(Step::HasLock);
            *total += inner.install(|| words(pages, tell));
            tell(Step::Unlocks);
        };
        let (events, total) = told(1, way);
        assert_eq!((total, waits_for_itself(&events)), (None, Some("rayon 0")));
    }

    fn noted(steps: &[(&str, Step)]) -> Vec<Event> {
        let event = |(thread, step): &(&str, _)| Event {
            thread: (*thread).to_owned(),
            book: 1,
            step: *step,
        };
        steps.iter().map(event).collect()
    }

    #[test]
    fn who_waits_for_another_does_not_wait_for_itself() {
        use Step::{Counts, HasLock, Unlocks, WantsLock};
        let lost = |steps| waits_for_itself(&noted(steps)).map(str::to_owned);
        let queue = [("a", WantsLock), ("a", HasLock), ("b", WantsLock), ("a", Counts(1))];
        assert_eq!(lost(&queue), None);
        let again = [("a", HasLock), ("a", Unlocks), ("a", WantsLock)];
        assert_eq!(lost(&again), None);
        let handed_on = [("a", HasLock), ("a", Unlocks), ("b", HasLock), ("a", WantsLock)];
        assert_eq!(lost(&handed_on), None);
        let itself = [("b", WantsLock), ("a", HasLock), ("a", Counts(1)), ("a", WantsLock)];
        assert_eq!(lost(&itself), Some("a".to_owned()));
    }

    #[test]
    fn the_watchdog_is_patient_with_who_is_not_lost() {
        assert!(patience("rayon 0  book 2  wants the lock") > Duration::from_secs(5));
        assert!(patience("rayon 0  waits for itself") < Duration::from_secs(1));
    }
}
