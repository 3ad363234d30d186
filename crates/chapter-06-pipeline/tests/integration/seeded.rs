//! Runs that a seed makes: on a virtual clock, without sockets, and cut at any
//! event.

use std::env;
use std::fmt::Debug;
use std::mem;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use chapter_06_pipeline::program::fetch::Transport;
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::{Plan, run_with};
use chapter_06_pipeline::program::source::Source;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use witness::{PATIENT, within};

/// When and how a run ends early, counted in events: each request has three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Never,
    /// Ctrl-C.
    Stop(usize),
    /// The future of the run is dropped.
    Drop(usize),
}

/// A scripted server's part of the harness: it counts events, cuts the run, and
/// keeps what the server has seen until the run has let go of it.
pub(crate) struct Watch<S: Default> {
    cut: Cut,
    events: AtomicUsize,
    stop: CancellationToken,
    dropped: Arc<Notify>,
    seen: Mutex<S>,
    /// Says when the last task and the last thread have let go of the run.
    gone: Option<oneshot::Sender<S>>,
}

impl<S: Default> Watch<S> {
    /// Counts an event, and cuts the run if it is the one.
    pub(crate) fn event(&self) {
        let event = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        match self.cut {
            Cut::Stop(at) if at == event => self.stop.cancel(),
            Cut::Drop(at) if at == event => self.dropped.notify_one(),
            _ => {}
        }
    }

    /// Everything that the server has seen so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, S> {
        self.seen.lock().expect("nobody panics with the lock held")
    }
}

impl<S: Default> Drop for Watch<S> {
    fn drop(&mut self) {
        if let (Some(gone), Ok(seen)) = (self.gone.take(), self.seen.get_mut())
        {
            let _ = gone.send(mem::take(seen));
        }
    }
}

/// Runs a plan against a scripted server. Returns the run's result, if it was
/// not dropped, and what the server has seen.
pub(crate) fn play<T: Transport, S: Default>(
    plan: Plan,
    sources: Vec<Source>,
    cut: Cut,
    server: impl FnOnce(Watch<S>) -> T,
) -> (Option<(Index, Report)>, S) {
    let runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("it takes no thread").block_on(async {
        let (gone, all_gone) = oneshot::channel();
        let (stop, dropped) =
            (CancellationToken::new(), Arc::new(Notify::new()));
        let server = server(Watch {
            cut,
            events: AtomicUsize::new(0),
            stop: stop.clone(),
            dropped: Arc::clone(&dropped),
            seen: Mutex::default(),
            gone: Some(gone),
        });
        let run = run_with(plan, server, sources, stop, Arc::default());
        let result = tokio::select! {
            biased;
            () = dropped.notified() => None,
            result = run => Some(result.expect("the pool can be made")),
        };
        // Aborted tasks end when the scheduler comes to them. One that never
        // ends, or a thread that never lets go, hangs here, and the watchdog
        // names the seed.
        let seen =
            all_gone.await.expect("the server says what it saw when it goes");
        while Handle::current().metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
        (result, seen)
    })
}

/// Makes what each seed stands for and looks for problems with it. A failure
/// names the seed.
pub(crate) fn try_seeds<T: Debug + Send + 'static>(
    seeds: impl Iterator<Item = u64>,
    make: impl Fn(u64) -> T,
    problems: fn(&T) -> Vec<String>,
) {
    for seed in seeds {
        let made = make(seed);
        let shown = format!("seed {seed}: {made:#?}");
        let run = AssertUnwindSafe(|| within(PATIENT, move || problems(&made)));
        let wrong = panic::catch_unwind(run);
        let wrong =
            wrong.unwrap_or_else(|_| panic!("it panicked or hung\n{shown}"));
        assert!(wrong.is_empty(), "{wrong:#?}\n{shown}");
    }
}

/// The seeds that `just faults` was asked for.
pub(crate) fn asked_seeds() -> Range<u64> {
    let asked = env::var("OVERLAP_SEEDS")
        .expect("OVERLAP_SEEDS says which, as in 5000..6000");
    let (from, to) = asked.split_once("..").unwrap_or((&asked, ""));
    let number = |text: &str| {
        text.parse::<u64>().unwrap_or_else(|error| {
            panic!("OVERLAP_SEEDS={asked}: '{text}': {error}")
        })
    };
    let from = number(from);
    let to = if to.is_empty() { from + 1 } else { number(to) };
    assert!(from < to, "OVERLAP_SEEDS={asked} names no seeds");
    from..to
}
