//! The limits of a run: requests to one host at once, requests to one host per
//! second, documents in flight; and what each host is able to take.
//!
//! The order is host, then global: a request that waits for its slow host must
//! not hold one of the global permits that another host could use. It waits for
//! the host's rate between the two, and counts against the rate when it has
//! both.
//!
//! Written by hand although `governor` has rate limits: here host, rate and
//! memory make one permit, which goes back between two attempts and when the
//! host is done.

mod health;

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

pub(super) use self::health::{Begun, Blame, LAST_TURN};
use self::health::{Health, PROBE, When};
use super::Error;
use super::retry::Budget;

/// The pauses before the second, the third and each further attempt at a
/// document whose host is down, in probes.
const DOWN_PAUSES: [u32; 3] = [1, 3, 11];

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
    lanes: Mutex<Lanes>,
}

/// Whose turn it is: a host that was put off has its last one when the others
/// are done.
#[derive(Debug, Default)]
struct Lanes {
    /// Lanes that have not ended, by their host; of files there is one, too.
    under_way: HashMap<Option<String>, usize>,
    put_off: HashMap<String, Arc<Host>>,
}

/// A lane that has not ended.
#[derive(Debug)]
pub struct Lane<'a> {
    limits: &'a Limits,
    host: Option<String>,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut lanes = lock(&self.limits.lanes);
        if let Some(count) = lanes.under_way.get_mut(&self.host) {
            *count -= 1;
        }
        lanes.under_way.retain(|_, count| *count > 0);
        lanes.go_on();
    }
}

impl Lanes {
    fn comes_later(&mut self, name: &str, host: Arc<Host>) {
        self.put_off.insert(name.to_owned(), host);
        self.go_on();
    }

    /// Asks those again that were put off, if nobody else is under way.
    fn go_on(&mut self) {
        let waits = |host: &Option<String>| {
            host.as_ref().is_some_and(|host| self.put_off.contains_key(host))
        };
        if self.under_way.keys().all(waits) {
            for (_, host) in self.put_off.drain() {
                lock(&host.health).ask_again();
                host.changed.notify_waiters();
            }
        }
    }
}

#[derive(Debug, Default)]
struct InFlight {
    now: AtomicUsize,
    peak: AtomicUsize,
    /// Global permits, available or taken, without the surplus.
    permits: AtomicUsize,
    /// The most permits there were.
    peak_permits: AtomicUsize,
    /// Permits too many: taken ones, which are forgotten when they are given
    /// back.
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
    /// Told when the host may be asked earlier, or later, than it was said.
    changed: Notify,
    budget: Budget,
    /// Whether it has ever answered: a dead one must not take every permit
    /// there is.
    has_answered: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct RateLimit {
    /// When the next request may start.
    next: Instant,
    /// Between the starts of two requests, if that is bounded.
    gap: Option<Duration>,
}

/// A document's permits. The host's is given back when its server is done, the
/// global one when the document is in the index: then memory is bounded from
/// the first byte to the last.
#[derive(Debug)]
pub struct Permit {
    // Dropped before the permits themselves, so that the count never exceeds
    // the bound.
    counted: Counted,
    host: Option<OwnedSemaphorePermit>,
    /// `None` in the middle of a drop.
    global: Option<OwnedSemaphorePermit>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let one_less = |surplus: usize| surplus.checked_sub(1);
        let is_surplus = self
            .counted
            .0
            .surplus
            .try_update(Relaxed, Relaxed, one_less)
            .is_ok();
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
    /// At most `global` documents in flight, `per_host` requests to one host at
    /// once, and `rate` requests a second to one host, if any.
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
            lanes: Mutex::default(),
        }
    }

    /// Begins a lane: documents of one host, or of none.
    pub fn begin(&self, host: Option<String>) -> Lane<'_> {
        *lock(&self.lanes).under_way.entry(host.clone()).or_default() += 1;
        Lane { limits: self, host }
    }
}

// ANCHOR: enter
impl Limits {
    /// Waits for a permit; a document without a host (a file) needs only a
    /// global one.
    ///
    /// Safe to cancel: whatever was taken is given back.
    pub async fn enter(&self, host: Option<&str>) -> Permit {
        let host = match host {
            None => None,
            Some(name) => {
                // No guard of the map is held here: the awaits below hold an
                // `Arc`.
                let host = self.host(name);
                Some((acquire(&host.permits).await, host))
            }
        };
        let (host, global) = match host {
            Some((permit, host)) => {
                (Some(permit), self.acquire_at_rate(&host).await)
            }
            None => (None, acquire(&self.global).await),
        };
        let counted = Counted::new(&self.in_flight);
        Permit { counted, host, global: Some(global) }
    }

    /// A global permit at a time when the host may be asked. The rate limit
    /// comes last: a document that has passed it and then waits for its permit
    /// would start at once with the next one.
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

    /// Adds global permits, or takes some away, until there are `permits`.
    /// Those that are taken go when they are given back. Only one may call this
    /// at a time.
    pub fn set_permits(&self, permits: usize) {
        let before = self.in_flight.permits.swap(permits, Relaxed);
        self.in_flight.peak_permits.fetch_max(permits, Relaxed);
        if permits < before {
            let forgotten = self.global.forget_permits(before - permits);
            self.in_flight
                .surplus
                .fetch_add(before - permits - forgotten, Relaxed);
            return;
        }
        // A surplus permit that is still taken stays instead.
        let kept =
            |surplus: usize| Some(surplus.saturating_sub(permits - before));
        let surplus =
            self.in_flight.surplus.fetch_update(Relaxed, Relaxed, kept);
        let surplus = surplus.expect("it is always updated");
        self.global.add_permits((permits - before).saturating_sub(surplus));
    }

    /// Global permits that nobody has.
    pub fn available(&self) -> usize {
        self.global.available_permits()
    }

    /// From now on the starts of two requests to the host are at least `gap`
    /// apart, the last one included.
    pub fn slow_down(&self, host: &str, gap: Duration) {
        let host = self.host(host);
        let mut rate_limit = lock(&host.rate_limit);
        if rate_limit.gap.is_none_or(|now| now < gap) {
            rate_limit.gap = Some(gap);
            rate_limit.next = rate_limit.next.max(Instant::now() + gap);
        }
    }

    /// Takes note of a request that is sent to a host. `failed` says when its
    /// document failed for the first time, if it has.
    pub(super) fn begins(&self, host: &str, failed: Option<Instant>) -> Begun {
        lock(&self.host(host).health).begins(failed, Instant::now())
    }

    /// Takes note of how a host has answered, and says whose failure it is.
    pub(super) fn answered(
        &self,
        name: &str,
        answer: Result<(), &Error>,
        begun: Begun,
    ) -> Blame {
        let host = self.host(name);
        let is_alive = answer.map_or_else(|error| error.answered, |()| true);
        if is_alive && !host.has_answered.swap(true, Relaxed) {
            host.permits.add_permits(self.per_host - self.first());
        }
        let (blame, was_put_off, is_put_off) = {
            let mut health = lock(&host.health);
            let before = (health.is_down(), health.is_put_off());
            let blame = health.answered(answer, begun, Instant::now());
            let after = (health.is_down(), health.is_put_off());
            if before != after || health.given_up().is_some() {
                host.changed.notify_waiters();
            }
            (blame, before.1, after.1)
        };
        match (was_put_off, is_put_off) {
            (false, true) => lock(&self.lanes).comes_later(name, host),
            (true, false) => drop(lock(&self.lanes).put_off.remove(name)),
            _ => {}
        }
        blame
    }

    /// Puts a host off, whatever else it has failed: all of its documents wait
    /// for what failed with this error. Returns whether there is a last turn to
    /// wait for, which it has but once.
    pub(super) fn comes_later(&self, name: &str, error: &Error) -> bool {
        let host = self.host(name);
        let is_put_off = lock(&host.health).comes_later(error);
        if is_put_off {
            host.changed.notify_waiters();
            lock(&self.lanes).comes_later(name, host);
        }
        is_put_off
    }

    /// The reason why a host is not asked anymore, if it is not.
    pub(super) fn given_up(&self, host: &str) -> Option<Error> {
        lock(&self.host(host).health).given_up().cloned()
    }

    /// Waits until a host is put off, and returns why.
    pub(super) async fn put_off(&self, host: Option<&str>) -> Error {
        let Some(host) = host.map(|host| self.host(host)) else {
            std::future::pending().await
        };
        loop {
            let changed = host.changed.notified();
            if let Some(error) = lock(&host.health).put_off().cloned() {
                return error;
            }
            changed.await;
        }
    }

    /// Waits before another attempt at a document that has failed so often, for
    /// `usual`. A host that is down gets a second, then three, and then as long
    /// that an outage of ten seconds is over; less if it recovers.
    pub(super) async fn pause(
        &self,
        down: Option<&str>,
        failures: u32,
        usual: Duration,
    ) {
        let host = down.map(|host| self.host(host));
        let recovered = host.as_ref().map(|host| host.changed.notified());
        tokio::time::sleep(usual).await;
        if let Some(recovered) = recovered {
            let pause = PROBE * DOWN_PAUSES[failures.clamp(1, 3) as usize - 1];
            let _ =
                tokio::time::timeout(pause.saturating_sub(usual), recovered)
                    .await;
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

    /// Requests at once to a host that has not answered yet.
    fn first(&self) -> usize {
        (self.per_host / 4).max(2).min(self.per_host)
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let new = || {
            Arc::new(Host {
                permits: Arc::new(Semaphore::new(self.first())),
                rate_limit: Mutex::new(RateLimit {
                    next: Instant::now(),
                    gap: self.gap,
                }),
                health: Mutex::default(),
                changed: Notify::new(),
                budget: Budget::new(),
                has_answered: AtomicBool::new(false),
            })
        };
        Arc::clone(&*self.hosts.entry(name.to_owned()).or_insert_with(new))
    }
}

impl Host {
    /// Waits until the next request may start, by the rate and by the host's
    /// health.
    async fn until_its_time(&self) {
        loop {
            // Made before the look: a change after it is not missed.
            let changed = self.changed.notified();
            match self.when() {
                When::Now => return,
                When::At(time) if time <= Instant::now() => return,
                When::At(time) => {
                    tokio::select! {
                        () = sleep_until(time) => {}
                        () = changed => {}
                    }
                }
                When::Later => changed.await,
            }
        }
    }

    fn when(&self) -> When {
        let rate_limit = *lock(&self.rate_limit);
        match (lock(&self.health).when(), rate_limit.gap) {
            (When::Now, Some(_)) => When::At(rate_limit.next),
            (When::At(time), Some(_)) => When::At(time.max(rate_limit.next)),
            (when, _) => when,
        }
    }

    /// Counts a request against the rate and against the host's health, if its
    /// time has come.
    fn try_acquire(&self) -> bool {
        let mut rate_limit = lock(&self.rate_limit);
        let mut health = lock(&self.health);
        let now = Instant::now();
        let is_time = rate_limit.gap.is_none_or(|_| rate_limit.next <= now)
            && match health.when() {
                When::Now => true,
                When::At(time) => time <= now,
                When::Later => false,
            };
        if is_time {
            rate_limit.next = now + rate_limit.gap.unwrap_or_default();
            health.asked(now);
        }
        is_time
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed")
}

#[cfg(test)]
mod tests;
