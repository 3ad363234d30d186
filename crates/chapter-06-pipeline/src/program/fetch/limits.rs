//! The limits of a run: requests to one host at once, requests to one host per second, documents
//! in flight; and what each host is able to take.
//!
//! The order is host, then global: a request that waits for its slow host must not hold one of the
//! global permits that another host could use. It waits for the host's rate between the two, and
//! counts against the rate when it has both.
//!
//! Written by hand although `governor` has rate limits: here host, rate and memory make one permit,
//! which goes back between two attempts and when the host is done.

mod health;

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

pub(super) use self::health::Advice;
use self::health::Health;
use super::Error;
use super::retry::Budget;

/// The limits of one run.
#[derive(Debug)]
pub struct Limits {
    hosts: DashMap<String, Arc<Host>>,
    per_host: usize,
    /// Between the starts of two requests to one host.
    gap: Option<Duration>,
    global: Arc<Semaphore>,
    in_flight: Arc<InFlight>,
    /// The retries of what has no host.
    files: Budget,
}

#[derive(Debug, Default)]
struct InFlight {
    now: AtomicUsize,
    peak: AtomicUsize,
    /// Global permits, available or taken, without the surplus.
    permits: AtomicUsize,
    /// The most permits there were.
    peak_permits: AtomicUsize,
    /// Permits too many: taken ones, which are forgotten when they are given back.
    surplus: AtomicUsize,
}

/// One document in flight.
#[derive(Debug)]
struct Counted(Arc<InFlight>);

impl Counted {
    fn new(in_flight: &Arc<InFlight>) -> Self {
        let now = in_flight.now.fetch_add(1, Relaxed) + 1;
        in_flight.peak.fetch_max(now, Relaxed);
        Counted(Arc::clone(in_flight))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

#[derive(Debug)]
struct Host {
    permits: Arc<Semaphore>,
    /// A std mutex, because nothing awaits while it is held.
    rate_limit: Mutex<RateLimit>,
    health: Mutex<Health>,
    /// Told when the host may be asked earlier than it was said.
    recovered: Notify,
    budget: Budget,
}

#[derive(Clone, Copy, Debug)]
struct RateLimit {
    /// When the next request may start.
    next: Instant,
    /// Between the starts of two requests, if that is bounded.
    gap: Option<Duration>,
}

/// A document's permits. The host's is given back when its server is done, the global one when the
/// document is in the index: then memory is bounded from the first byte to the last.
#[derive(Debug)]
pub struct Permit {
    // Dropped before the permits themselves, so that the count never exceeds the bound.
    counted: Counted,
    host: Option<OwnedSemaphorePermit>,
    /// `None` in the middle of a drop.
    global: Option<OwnedSemaphorePermit>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let one_less = |surplus: usize| surplus.checked_sub(1);
        let is_surplus = self.counted.0.surplus.try_update(Relaxed, Relaxed, one_less).is_ok();
        if is_surplus && let Some(permit) = self.global.take() {
            permit.forget();
        }
    }
}

impl Permit {
    /// Gives the host's permit back.
    pub fn leave_host(&mut self) {
        self.host = None;
    }
}

impl Limits {
    /// At most `global` documents in flight, `per_host` requests to one host at once, and `rate`
    /// requests a second to one host, if any.
    pub fn new(global: usize, per_host: usize, rate: Option<f64>) -> Self {
        let in_flight = InFlight {
            permits: AtomicUsize::new(global),
            peak_permits: AtomicUsize::new(global),
            ..InFlight::default()
        };
        Limits {
            hosts: DashMap::new(),
            per_host,
            gap: rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            global: Arc::new(Semaphore::new(global)),
            in_flight: Arc::new(in_flight),
            files: Budget::new(),
        }
    }
}

// ANCHOR: enter
impl Limits {
    /// Waits for a permit; a document without a host (a file) needs only a global one.
    ///
    /// Safe to cancel: whatever was taken is given back.
    pub async fn enter(&self, host: Option<&str>) -> Permit {
        let host = match host {
            None => None,
            Some(name) => {
                // No guard of the map is held here: the awaits below hold an `Arc`.
                let host = self.host(name);
                Some((acquire(&host.permits).await, host))
            }
        };
        let (host, global) = match host {
            Some((permit, host)) => (Some(permit), self.acquire_at_rate(&host).await),
            None => (None, acquire(&self.global).await),
        };
        let counted = Counted::new(&self.in_flight);
        Permit { counted, host, global: Some(global) }
    }

    /// A global permit at a time when the host may be asked. The rate limit comes last: a document
    /// that has passed it and then waits for its permit would start at once with the next one.
    async fn acquire_at_rate(&self, host: &Host) -> OwnedSemaphorePermit {
        loop {
            host.until_its_time().await;
            let permit = acquire(&self.global).await;
            if host.try_acquire() {
                return permit;
            }
        }
    }
}
// ANCHOR_END: enter

impl Limits {
    /// The most documents that were in flight at once.
    pub fn peak(&self) -> usize {
        self.in_flight.peak.load(Relaxed)
    }

    /// Global permits, available or taken.
    pub fn permits(&self) -> usize {
        self.in_flight.permits.load(Relaxed)
    }

    /// The most global permits there were.
    pub fn peak_permits(&self) -> usize {
        self.in_flight.peak_permits.load(Relaxed)
    }

    /// Adds global permits, or takes some away, until there are `permits`. Those that are taken go
    /// when they are given back. Only one may call this at a time.
    pub fn set_permits(&self, permits: usize) {
        let before = self.in_flight.permits.swap(permits, Relaxed);
        self.in_flight.peak_permits.fetch_max(permits, Relaxed);
        if permits < before {
            let forgotten = self.global.forget_permits(before - permits);
            self.in_flight.surplus.fetch_add(before - permits - forgotten, Relaxed);
            return;
        }
        // A surplus permit that is still taken stays instead.
        let kept = |surplus: usize| Some(surplus.saturating_sub(permits - before));
        let surplus = self.in_flight.surplus.fetch_update(Relaxed, Relaxed, kept);
        let surplus = surplus.expect("it is always updated");
        self.global.add_permits((permits - before).saturating_sub(surplus));
    }

    /// Global permits that nobody has.
    pub fn available(&self) -> usize {
        self.global.available_permits()
    }

    /// From now on the starts of two requests to the host are at least `gap` apart, the last one
    /// included.
    pub fn slow_down(&self, host: &str, gap: Duration) {
        let host = self.host(host);
        let mut rate_limit = host.rate_limit.lock().unwrap_or_else(PoisonError::into_inner);
        if rate_limit.gap.is_none_or(|now| now < gap) {
            rate_limit.gap = Some(gap);
            rate_limit.next = rate_limit.next.max(Instant::now() + gap);
        }
    }

    /// Takes note of how a host has answered, and says how to go on with it.
    pub(super) fn answered(&self, host: &str, answer: Result<(), &Error>) -> Advice {
        let host = self.host(host);
        let mut health = host.health.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = health.earliest().is_none();
        let advice = health.answered(answer, Instant::now());
        if !was_open && (answer.is_ok() || health.given_up().is_some()) {
            host.recovered.notify_waiters();
        }
        advice
    }

    /// The reason why a host is not asked anymore, if it is not.
    pub(super) fn given_up(&self, host: &str) -> Option<Error> {
        let host = self.host(host);
        let health = host.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.given_up().cloned()
    }

    /// Waits for as long as an attempt has to wait; less if its host recovers meanwhile.
    pub(super) async fn pause(&self, host: Option<&str>, advice: Advice, usual: Duration) {
        let (Some(host), Advice::Failing { pause }) = (host, advice) else {
            return tokio::time::sleep(usual).await;
        };
        let host = self.host(host);
        let recovered = host.recovered.notified();
        tokio::time::sleep(usual).await;
        tokio::select! {
            () = recovered => {}
            () = tokio::time::sleep(pause.saturating_sub(usual)) => {}
        }
    }

    /// The retries that a host may cost, or those of all files.
    pub(super) fn with_budget<T>(
        &self,
        host: Option<&str>,
        use_it: impl FnOnce(&Budget) -> T,
    ) -> T {
        match host {
            Some(host) => use_it(&self.host(host).budget),
            None => use_it(&self.files),
        }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let new = || {
            Arc::new(Host {
                permits: Arc::new(Semaphore::new(self.per_host)),
                rate_limit: Mutex::new(RateLimit { next: Instant::now(), gap: self.gap }),
                health: Mutex::default(),
                recovered: Notify::new(),
                budget: Budget::new(),
            })
        };
        Arc::clone(&*self.hosts.entry(name.to_owned()).or_insert_with(new))
    }
}

impl Host {
    /// Waits until the next request may start, by the rate and by the host's health.
    async fn until_its_time(&self) {
        loop {
            // Made before the look: a recovery after it is not missed.
            let recovered = self.recovered.notified();
            let Some(time) = self.earliest().filter(|time| *time > Instant::now()) else { return };
            tokio::select! {
                () = sleep_until(time) => {}
                () = recovered => {}
            }
        }
    }

    fn earliest(&self) -> Option<Instant> {
        let rate_limit = *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner);
        let by_rate = rate_limit.gap.map(|_| rate_limit.next);
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        by_rate.max(health.earliest())
    }

    /// Counts a request against the rate and against the host's health, if its time has come.
    fn try_acquire(&self) -> bool {
        let mut rate_limit = self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner);
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_time = rate_limit.gap.is_none_or(|_| rate_limit.next <= now)
            && health.earliest().is_none_or(|time| time <= now);
        if is_time {
            rate_limit.next = now + rate_limit.gap.unwrap_or_default();
            health.asked(now);
        }
        is_time
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.expect("the semaphore is never closed")
}

#[cfg(test)]
mod tests;
