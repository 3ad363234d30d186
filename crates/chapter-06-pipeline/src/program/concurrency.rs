//! How many documents are in flight when nobody says how many.
//!
//! Computing is the limit when the pool always has a document to go on with. Too few in flight,
//! and it runs dry while every place is taken by a document that waits for its server; too many,
//! and documents pile up in memory in front of it. So a watch looks at both every few
//! milliseconds: it opens places while the pool is dry, and closes some when the pile is high.
//!
//! A place that is opened brings its document only when the server has answered. Whoever goes on
//! opening until then opens far too many, and whoever closes while the pile shrinks leaves the pool
//! without documents a latency later. Therefore the watch goes by the model of the lesson `limit`,
//! `threads * (1 + latency / computing)`: it opens no more than twice as many, and closes none
//! below that. Twice, because with just enough the pool runs dry whenever some documents are
//! smaller than others. The latency is the least that was seen lately, because what a busy machine
//! adds to the others is no reason for more; and what the runtime's thread waits for a core comes
//! on top. As long as there is no answer at all, the latency is at least the time that has passed.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How many documents may be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// So many.
    Fixed(usize),
    /// As many as keep the pool busy.
    Auto,
}

/// Documents in flight at the start of an automatic run: enough for a server on this machine.
const FIRST: usize = 32;
/// No automatic run has more.
pub const MOST: usize = 8_192;
/// No automatic run opens places while bodies take more memory than this.
pub const MEMORY: u64 = 256 << 20;
/// Between two looks.
pub const EVERY: Duration = Duration::from_millis(4);
/// Documents in front of the pool, a thread, that are a pile.
const PILE: usize = 8;
/// How late the runtime's thread may be for an answer, when the pool keeps all cores busy: about
/// what the bench `lateness` measures.
const LATE: Duration = Duration::from_millis(3);
/// What a document costs until one has been computed: a page of documentation, on a machine of
/// these days.
const GUESS: Duration = Duration::from_micros(500);

/// How many places an automatic run may have here: [`MOST`], unless this process may not open as
/// many files. Each place may take a connection, and the other half of the files is left to
/// whatever else the process does.
///
/// Asks the system for more files where it allows them: many allow 1,024 until somebody asks.
pub fn most() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.unwrap_or(u64::MAX).min(2 * MOST as u64);
        if limit.current.is_some_and(|current| current < wanted) {
            // Whether it worked is asked below.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
        }
        if let Some(files) = getrlimit(Resource::Nofile).current {
            return (files / 2).clamp(1, MOST as u64) as usize;
        }
    }
    MOST
}

impl Concurrency {
    /// The places at the start of a run.
    pub fn first(self) -> usize {
        match self {
            Concurrency::Fixed(places) => places,
            Concurrency::Auto => FIRST,
        }
    }
}

/// What a look at the run sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Places there are.
    pub places: usize,
    /// Places there may be; see [`most`].
    pub most: usize,
    /// Places that nobody has.
    pub free: usize,
    /// Documents that wait for a thread of the pool.
    pub waiting: usize,
    /// Threads of the pool.
    pub threads: usize,
    /// Bytes of bodies in memory.
    pub memory: u64,
    /// The least time of an answer lately.
    pub latency: Duration,
    /// The computing that a document costs on average, if one has been computed.
    pub each: Option<Duration>,
}

// ANCHOR: next
/// How many places there should be from now on.
pub fn next(look: Look) -> usize {
    let Look { places, most, free, waiting, threads, memory, latency, each } = look;
    let each = each.unwrap_or(GUESS).max(Duration::from_micros(1));
    let needed = threads as f64 * (1.0 + (latency + LATE).as_secs_f64() / each.as_secs_f64());
    let enough = (2.0 * needed) as usize;
    if waiting == 0 && free == 0 && memory < MEMORY {
        (2 * places).min(enough).clamp(places, most.max(places))
    } else if waiting > PILE * threads {
        let least = if memory < MEMORY { enough } else { 2 * threads };
        (places - places / 8).max(least.min(places))
    } else {
        places
    }
}
// ANCHOR_END: next

/// The least latency of the last second or two.
#[derive(Debug)]
pub struct Latency(Mutex<Window>);

#[derive(Debug)]
struct Window {
    began: Instant,
    least: Option<Duration>,
    /// Of the window before.
    before: Option<Duration>,
}

/// How long a window lasts.
const WINDOW: Duration = Duration::from_secs(1);

impl Latency {
    /// Nothing was seen yet.
    pub fn new() -> Self {
        Latency(Mutex::new(Window { began: Instant::now(), least: None, before: None }))
    }

    /// Notes how long an answer took.
    pub fn note(&self, took: Duration) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.elapsed() > WINDOW {
            window.before = window.least.take();
            window.began = Instant::now();
        }
        window.least = Some(window.least.map_or(took, |least| least.min(took)));
    }

    /// The least of late; without any answer, the time that has passed.
    pub fn least(&self) -> Duration {
        let window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = [window.least, window.before].into_iter().flatten().min();
        seen.unwrap_or_else(|| window.began.elapsed())
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look {
        places: 100,
        most: MOST,
        free: 0,
        waiting: 0,
        threads: 2,
        memory: 0,
        latency: Duration::from_millis(97),
        each: Some(Duration::from_millis(1)),
    };

    #[test]
    fn a_dry_pool_opens_places_and_a_pile_closes_some() {
        assert_eq!(next(LOOK), 200);
        assert_eq!(next(Look { waiting: 5, ..LOOK }), 100);
        assert_eq!(next(Look { places: 800, waiting: 17, ..LOOK }), 700);
        assert_eq!(next(Look { free: 1, ..LOOK }), 100, "more places would stay empty");
    }

    #[test]
    fn never_more_than_twice_what_the_model_asks_for() {
        // 2 * (1 + 100 / 1) = 202 are needed.
        assert_eq!(next(Look { places: 300, ..LOOK }), 404);
        assert_eq!(next(Look { places: 500, ..LOOK }), 500);
        let slow = Look { each: Some(Duration::from_millis(50)), places: 8, ..LOOK };
        assert_eq!(next(slow), 12);
    }

    #[test]
    fn a_pile_that_shrinks_leaves_enough_for_the_pool() {
        // 2 * (1 + 100 / 1) = 202 are needed, and twice as many are wanted.
        let mut places = 1_000;
        for _ in 0..1_000 {
            places = next(Look { places, waiting: 1_000, ..LOOK });
        }
        assert_eq!(places, 404);
        assert_eq!(next(Look { waiting: 1_000, ..LOOK }), 100, "a pile opens nothing");
    }

    #[test]
    fn there_are_never_too_many_and_never_too_few() {
        let far = Look { latency: Duration::from_secs(60), ..LOOK };
        assert_eq!(next(Look { places: MOST, ..far }), MOST);
        assert_eq!(next(Look { places: MOST - 1, ..far }), MOST);
        assert_eq!(next(Look { memory: MEMORY, ..LOOK }), 100);
        let mut places = MOST;
        for _ in 0..1_000 {
            places = next(Look { places, waiting: 1_000, memory: MEMORY, ..LOOK });
        }
        assert!((4..12).contains(&places), "{places}");
    }

    #[test]
    fn the_latency_is_the_least_and_at_first_the_time_that_passes() {
        let latency = Latency::new();
        let (before, after) = (latency.least(), latency.least());
        assert!(before <= after);
        latency.note(Duration::from_secs(7));
        latency.note(Duration::from_secs(5));
        latency.note(Duration::from_secs(9));
        assert_eq!(latency.least(), Duration::from_secs(5));
    }
}
