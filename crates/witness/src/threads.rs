//! Which threads did the work.

use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use crate::lock::lock;

/// Notes which threads do the work, and how much each does.
///
/// That more than one thread took part does not prove that they worked at the
/// same time: [`Rendezvous::meet`](crate::Rendezvous::meet) does. Clones are
/// handles to one set of notes.
///
/// ```
/// use std::thread;
/// use witness::Threads;
///
/// let threads = Threads::new();
/// thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| threads.note());
///     }
/// });
/// assert_eq!(threads.count(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Threads {
    // In the order in which the threads were first noted.
    notes: Arc<Mutex<Vec<Note>>>,
}

impl Threads {
    /// Returns empty notes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one piece of work done by the calling thread.
    pub fn note(&self) {
        let thread = thread::current();
        let id = thread.id();
        let mut notes = lock(&self.notes);
        match notes.iter_mut().find(|note| note.id == id) {
            Some(note) => note.work += 1,
            None => {
                let name = thread
                    .name()
                    .map_or_else(|| format!("{id:?}"), str::to_owned);
                notes.push(Note { id, name, work: 1 });
            }
        }
    }

    /// Returns how many different threads did work.
    pub fn count(&self) -> usize {
        lock(&self.notes).len()
    }

    /// Returns the names of the threads in the order in which they first did
    /// work, one for each thread. Threads may share a name, as a runtime's
    /// workers do; one without a name goes by its id, such as `ThreadId(3)`.
    pub fn names(&self) -> Vec<String> {
        self.look(|note| note.name.clone())
    }

    /// Returns the ids of the threads in the order in which they first did
    /// work.
    pub fn ids(&self) -> Vec<ThreadId> {
        self.look(|note| note.id)
    }

    /// Returns for each thread its [name](Self::names) and how often it was
    /// noted.
    pub fn work_by_thread(&self) -> Vec<(String, usize)> {
        self.look(|note| (note.name.clone(), note.work))
    }

    fn look<T>(&self, what: impl FnMut(&Note) -> T) -> Vec<T> {
        lock(&self.notes).iter().map(what).collect()
    }
}

#[derive(Debug)]
struct Note {
    id: ThreadId,
    name: String,
    work: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_the_work_of_one_thread_counts_as_one_thread() {
        let threads = Threads::new();
        for _ in 0..5 {
            threads.note();
        }
        assert_eq!(threads.count(), 1);
        assert_eq!(threads.ids(), [thread::current().id()]);
        assert_eq!(threads.work_by_thread()[0].1, 5);
    }

    #[test]
    fn threads_of_one_name_are_still_two() {
        let threads = Threads::new();
        for work in [1, 2] {
            let threads = threads.clone();
            thread::Builder::new()
                .name("worker".to_owned())
                .spawn(move || (0..work).for_each(|_| threads.note()))
                .expect("room for a thread")
                .join()
                .expect("it does not panic");
        }
        assert_eq!(threads.count(), 2);
        assert_eq!(threads.names(), ["worker", "worker"]);
        let work = [("worker".to_owned(), 1), ("worker".to_owned(), 2)];
        assert_eq!(threads.work_by_thread(), work);
    }

    #[test]
    fn a_thread_without_a_name_goes_by_its_id() {
        let threads = Threads::new();
        thread::scope(|scope| scope.spawn(|| threads.note()).join())
            .expect("it does not panic");
        assert_eq!(threads.names(), [format!("{:?}", threads.ids()[0])]);
    }

    #[test]
    fn no_work_no_threads() {
        let threads = Threads::new();
        assert_eq!(threads.count(), 0);
        assert!(threads.names().is_empty());
    }
}
