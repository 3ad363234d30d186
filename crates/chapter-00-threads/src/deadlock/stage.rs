//! The watchdog: it is told who waits for whom, and finds a circle.

// ANCHOR: program
use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Runs the jobs, one clerk each, and looks at the watch `every` now and then.
/// Returns when all jobs have ended, or with the circle in which some of them
/// wait.
pub(super) fn watched<J>(
    jobs: Vec<(String, J)>,
    every: Duration,
) -> Option<Vec<Wait>>
where
    J: FnOnce() + Send + 'static,
{
    let watch = Arc::new(Watch::default());
    let start = |(name, job)| {
        let watch = Arc::clone(&watch);
        let started = thread::Builder::new()
            .name(name)
            .spawn(move || as_clerk(&watch, job));
        started.expect("the system has room for one more thread")
    };
    let clerks: Vec<JoinHandle<()>> = jobs.into_iter().map(start).collect();
    while !clerks.iter().all(JoinHandle::is_finished) {
        if let Some(circle) = watch.circle() {
            // Nobody can stop them from outside: without their handles, they
            // end with the process.
            return Some(circle);
        }
        thread::sleep(every);
    }
    None
}

/// Runs a clerk's job on this thread: one transfer, so that whatever it locks
/// stays locked until its end.
pub(super) fn as_clerk(watch: &Arc<Watch>, job: impl FnOnce()) {
    CLERK.set(Some((Arc::clone(watch), None)));
    job();
    CLERK.set(None);
}

/// Notes that this thread's clerk waits for an account and holds another, until
/// the note is dropped. `None` if the clerk holds none yet, or if nobody
/// watches this thread.
pub(super) fn note_waiting_for(wants: &'static str) -> Option<Note> {
    CLERK.with_borrow_mut(|clerk| {
        let (watch, locked) = clerk.as_mut()?;
        let holds = locked.replace(wants)?;
        Some(Watch::note(watch, holds, wants))
    })
}

thread_local! {
    /// The watch on the clerk whose thread this is, and the account it locked
    /// last.
    static CLERK: RefCell<Option<Clerk>> = const { RefCell::new(None) };
}

type Clerk = (Arc<Watch>, Option<&'static str>);

/// Who waits, as noted by those who do.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) waiting: Mutex<Vec<Wait>>,
}

/// That a clerk, who holds one account, waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) clerk: String,
    pub(super) holds: &'static str,
    pub(super) wants: &'static str,
}

/// A note on a [`Watch`], taken back when it is dropped.
#[must_use = "the note is taken back when this is dropped"]
pub(super) struct Note {
    watch: Arc<Watch>,
    wait: Wait,
}

impl Watch {
    /// Notes that this thread holds one account and waits for the other.
    pub(super) fn note(
        watch: &Arc<Watch>,
        holds: &'static str,
        wants: &'static str,
    ) -> Note {
        let clerk = thread::current().name().unwrap_or("somebody").to_owned();
        let wait = Wait { clerk, holds, wants };
        watch.waiting.lock().expect("nobody panics").push(wait.clone());
        Note { watch: Arc::clone(watch), wait }
    }

    /// Returns a circle of clerks each of whom waits for what the next one
    /// holds, if there is one.
    pub(super) fn circle(&self) -> Option<Vec<Wait>> {
        let waiting = self.waiting.lock().expect("nobody panics");
        let holder =
            |account| waiting.iter().find(|wait| wait.holds == account);
        waiting.iter().find_map(|first| {
            let mut chain = vec![first.clone()];
            let mut next = holder(first.wants)?;
            while next != first {
                if chain.contains(next) {
                    // This one waits for a circle, and is not in it.
                    return None;
                }
                chain.push(next.clone());
                next = holder(next.wants)?;
            }
            Some(chain)
        })
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.watch
            .waiting
            .lock()
            .expect("nobody panics")
            .retain(|wait| *wait != self.wait);
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wait { clerk, holds, wants } = self;
        write!(f, "{clerk} holds {holds}'s account and waits for {wants}'s")
    }
}
// ANCHOR_END: program
