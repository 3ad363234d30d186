//! The frontier: pages that were found and that no round has had yet.

use std::mem;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dashmap::DashMap;
use dashmap::Entry;
use foldhash::fast::RandomState;

use super::locks::{read, write};

/// Pages for a coming round, added by many threads. However many are found, no
/// more are kept in memory than twice the room there is: the first by URL,
/// whoever found them.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// By its name; of all forms in which it was written the best one.
    pub(super) urls: DashMap<String, String, RandomState>,
    count: AtomicUsize,
    /// Pages behind this one are left out. Held for writing while `urls` is
    /// cut.
    last: RwLock<Option<String>>,
    truncated: AtomicBool,
}

/// Pages that are kept beyond that, so that a small room is not cut again and
/// again.
pub(super) const SLACK: usize = 1_000;

impl Frontier {
    /// Adds a page. There is room for `room` of them.
    pub(super) fn add(&self, url: &str, written: &str, room: usize) {
        {
            let last = read(&self.last);
            if room == 0 || last.as_deref().is_some_and(|last| url > last) {
                self.truncated.store(true, Ordering::Relaxed);
                return;
            }
            // Most are known: this finds them by reference and locks for
            // reading.
            if self
                .urls
                .get(url)
                .is_some_and(|known| !is_better(url, written, known.value()))
            {
                return;
            }
            match self.urls.entry(url.to_owned()) {
                Entry::Occupied(mut known) => {
                    if is_better(url, written, known.get()) {
                        known.insert(written.to_owned());
                    }
                    return;
                }
                Entry::Vacant(new) => {
                    new.insert(written.to_owned());
                }
            }
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        if self.count.load(Ordering::Relaxed) > 2 * room + SLACK {
            self.cut(room);
        }
    }

    fn cut(&self, room: usize) {
        let mut last = write(&self.last);
        // Another thread may have done it while this one waited for the lock.
        if self.count.load(Ordering::Relaxed) <= 2 * room + SLACK {
            return;
        }
        let mut urls: Vec<String> =
            self.urls.iter().map(|url| url.key().clone()).collect();
        let (_, end, _) = urls.select_nth_unstable(room - 1);
        self.urls.retain(|url, _| *url <= *end);
        self.count.store(room, Ordering::Relaxed);
        *last = Some(mem::take(end));
        self.truncated.store(true, Ordering::Relaxed);
    }

    /// Takes all, sorted by name, each with the form in which it was written.
    pub(super) fn take(&self) -> Vec<(String, String)> {
        let pairs = self
            .urls
            .iter()
            .map(|url| (url.key().clone(), url.value().clone()));
        let mut urls: Vec<(String, String)> = pairs.collect();
        self.urls.clear();
        self.count.store(0, Ordering::Relaxed);
        *write(&self.last) = None;
        urls.sort_unstable();
        urls
    }

    pub(super) fn truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }
}

/// Whether a page should rather be asked for in this form than in the other: by
/// its name itself, if somebody wrote that, or else by the first form by the
/// alphabet, whoever found it.
pub(super) fn is_better(name: &str, written: &str, other: &str) -> bool {
    (written != name, written) < (other != name, other)
}
