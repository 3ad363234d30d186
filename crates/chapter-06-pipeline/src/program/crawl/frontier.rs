//! The frontier: pages that were found and that no round has had yet.

use std::mem;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dashmap::DashSet;
use foldhash::fast::RandomState;

use super::locks::{read, write};

/// Pages for a coming round, added by many threads. However many are found, no more are kept
/// in memory than twice the room there is: the first by URL, whoever found them.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    pub(super) urls: DashSet<String, RandomState>,
    count: AtomicUsize,
    /// Pages behind this one are left out. Held for writing while `urls` is cut.
    last: RwLock<Option<String>>,
    truncated: AtomicBool,
}

/// Pages that are kept beyond that, so that a small room is not cut again and again.
pub(super) const SLACK: usize = 1_000;

impl Frontier {
    /// Adds a page. There is room for `room` of them.
    pub(super) fn add(&self, url: &str, room: usize) {
        {
            let last = read(&self.last);
            if room == 0 || last.as_deref().is_some_and(|last| url > last) {
                self.truncated.store(true, Ordering::Relaxed);
                return;
            }
            // Most are known: this finds them by reference and locks for reading.
            if self.urls.contains(url) || !self.urls.insert(url.to_owned()) {
                return;
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
        let mut urls: Vec<String> = self.urls.iter().map(|url| url.clone()).collect();
        let (_, end, _) = urls.select_nth_unstable(room - 1);
        self.urls.retain(|url| *url <= *end);
        self.count.store(room, Ordering::Relaxed);
        *last = Some(mem::take(end));
        self.truncated.store(true, Ordering::Relaxed);
    }

    /// Takes all, sorted.
    pub(super) fn take(&self) -> Vec<String> {
        let mut urls: Vec<String> = self.urls.iter().map(|url| url.clone()).collect();
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
