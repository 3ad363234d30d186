//! Documents cross from Tokio to Rayon and come back: the program's bridge, taken apart.

use std::error::Error;
use std::panic;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use origin::Generator;
use rayon::prelude::*;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{Instrument, info_span};
use witness::{Peak, Ticker};

use crate::program::bridge::{Bridge, Panicked};
use crate::program::digest::{Form, digest};
use crate::program::run::Threads;

// ANCHOR: inline
/// Computes in parallel, and blocks the runtime's thread until all of it is done.
#[expect(clippy::unused_async, reason = "the bug this lesson shows: it has nothing to await")]
pub async fn on_the_runtime<T: Send, J: FnOnce() -> T + Send>(jobs: Vec<J>) -> Vec<T> {
    jobs.into_par_iter().map(|job| job()).collect()
}
// ANCHOR_END: inline

// ANCHOR: over
/// Sends each job over the bridge. Whoever panics has an error in its place.
pub async fn over_the_bridge<T, J>(bridge: &Bridge, jobs: Vec<J>) -> Vec<Result<T, Panicked>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    join_all(jobs.into_iter().map(|job| bridge.run(job))).await
}
// ANCHOR_END: over

// ANCHOR: place
/// Keeps the place with the one who waits.
pub async fn place_with_the_waiter<T: Send + 'static>(
    bridge: &Bridge,
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let _place = places.acquire().await.expect("the semaphore is never closed");
    bridge.run(work).await
}

/// Moves the place into the work.
pub async fn place_with_the_work<T: Send + 'static>(
    bridge: &Bridge,
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let work = move || {
        let _place = place;
        work()
    };
    bridge.run(work).await
}
// ANCHOR_END: place

// ANCHOR: trip
/// What one trip costs, with 32 jobs under way that do nothing.
pub async fn trip<F: Future>(trips: u32, job: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    stream::iter(0..trips).map(|_| job()).buffer_unordered(32).for_each(async |_| ()).await;
    start.elapsed() / trips
}
// ANCHOR_END: trip

/// Gives `waiters` documents to people who stop waiting as soon as the work has begun, where one
/// place is all there is. Returns the most that were worked at once.
async fn impatient(bridge: &Bridge, waiters: usize, inside: bool) -> usize {
    let (places, peak) = (Arc::new(Semaphore::new(1)), Peak::new());
    for _ in 0..waiters {
        let (begin, begun) = oneshot::channel();
        let peak = peak.clone();
        let work = move || {
            let _working = peak.enter();
            // An error says that it was not waited for.
            let _ = begin.send(());
            thread::sleep(Duration::from_millis(20));
        };
        let waiting = async {
            match inside {
                false => place_with_the_waiter(bridge, &places, work).await,
                true => place_with_the_work(bridge, &places, work).await,
            }
        };
        tokio::select! {
            biased;
            _ = begun => {}
            _ = waiting => {}
        }
    }
    peak.max()
}

/// Runs `compute` beside a task that asks to run every millisecond. Returns the longest time
/// between two of its ticks.
async fn beside_a_ticker<T>(compute: impl AsyncFnOnce() -> T) -> (T, Duration) {
    const PERIOD: Duration = Duration::from_millis(1);
    let ticker = Ticker::new(PERIOD);
    let ticks = ticker.run(sleep).instrument(info_span!("ticker"));
    let ticking = tokio::spawn(ticks);
    sleep(4 * PERIOD).await;
    let output = compute().await;
    sleep(4 * PERIOD).await;
    ticking.abort();
    // An error says that it was aborted.
    let _ = ticking.await;
    (output, ticker.longest_gap())
}

/// A job for each page: how many words it has. The `poisoned` one panics.
fn jobs(pages: &[Arc<str>], poisoned: Option<usize>) -> Vec<impl FnOnce() -> u32 + Send + use<>> {
    let job = |(page, html): (usize, &Arc<str>)| {
        let (span, html) = (info_span!("digest", page), Arc::clone(html));
        move || {
            span.in_scope(|| {
                if poisoned == Some(page) {
                    panic!("page {page} is poisoned");
                }
                words(&html)
            })
        }
    };
    pages.iter().enumerate().map(job).collect()
}

/// How many words the program finds in a page.
fn words(html: &str) -> u32 {
    digest(html.as_bytes(), Form::Html, None).expect("made-up pages are HTML").words
}

/// Made-up pages of so many words.
fn pages(pages: usize, words_per_page: usize) -> Vec<Arc<str>> {
    let generator = Generator { pages, words_per_page, ..Generator::default() };
    (0..pages).filter_map(|page| generator.html(page)).map(Arc::from).collect()
}

/// Keeps the expected panic on a pool's thread off the terminal.
fn hush() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !thread::current().name().is_some_and(|name| name.starts_with("rayon ")) {
            before(panic);
        }
    }));
}

/// Computes beside a ticker, poisons a page, loses patience, and measures a trip.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let bridge = Bridge::new(Threads::available().rayon)?;
    let large = pages(8, 20_000);

    let timeline = lessons::timeline("par_iter in a task: nobody ticks until it is done");
    let (_, blocked) = beside_a_ticker(async || on_the_runtime(jobs(&large, None)).await).await;
    timeline.draw();
    println!("longest gap between two ticks: {:.1} ms\n", blocked.as_secs_f64() * 1e3);

    let timeline = lessons::timeline("over the bridge: it ticks on");
    let (_, free) =
        beside_a_ticker(async || over_the_bridge(&bridge, jobs(&large, None)).await).await;
    timeline.draw();
    println!("longest gap between two ticks: {:.1} ms\n", free.as_secs_f64() * 1e3);

    hush();
    println!("100 pages, the one of number 41 poisoned");
    let (all, alone) = (pages(100, 1_000), |html: &Arc<str>| words(html));
    let answers = over_the_bridge(&bridge, jobs(&all, Some(41))).await;
    let exact = answers.iter().zip(&all).filter(|(it, html)| **it == Ok(alone(html))).count();
    println!("  exact {exact}; {}", answers[41].as_ref().expect_err("it is poisoned"));
    println!("  threads in the pool: {}\n", bridge.pool().broadcast(|_| ()).len());

    let wide = Bridge::new(4)?;
    let threads = wide.pool().current_num_threads();
    println!("one place, {threads} threads, 8 documents whose waiters leave when work has begun");
    let [outside, inside] = [impatient(&wide, 8, false).await, impatient(&wide, 8, true).await];
    println!("  the place stays with the waiter   {outside} worked at once");
    println!("  the place moves into the work     {inside} worked at once\n");

    let mut least = [Duration::MAX; 3];
    for _ in 0..9 {
        let round = [
            trip(3_000, || bridge.run(|| ())).await,
            trip(3_000, || spawn_blocking(|| ())).await,
            trip(3_000, || bridge.run(|| ())).await,
        ];
        least.iter_mut().zip(round).for_each(|(least, took)| *least = (*least).min(took));
    }
    let usual = &all[0];
    let document = (0..20).map(|_| {
        let start = Instant::now();
        let words = words(usual);
        (start.elapsed(), words)
    });
    let (document, count) = document.min().expect("there were 20");
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    println!("a trip, 32 at a time (the least of 9 rounds)");
    println!("  bridge            {:>6.2} µs", us(least[0]));
    println!("  spawn_blocking    {:>6.2} µs", us(least[1]));
    println!("  bridge again      {:>6.2} µs", us(least[2]));
    println!("and the work it is for");
    let share = |work: Duration| us(least[0].min(least[2])) / us(work) * 100.0;
    let word = document / count;
    println!(
        "  a page of {count} words {:>5.0} µs: the trip adds {:.1} %",
        us(document),
        share(document)
    );
    println!("  one word          {:>6.2} µs: the trip adds {:.0} %", us(word), share(word));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use tokio::runtime::Builder;
    use witness::{Rendezvous, within};

    const PATIENT: Duration = Duration::from_secs(60);

    fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("it takes no thread").block_on(future)
    }

    /// Whether a task of the runtime answers a job while that runs.
    fn neighbor_answers(deadline: Duration, over: bool) -> bool {
        within(PATIENT, move || {
            let (ask, asked) = oneshot::channel();
            let (answer, answered) = mpsc::channel();
            let job = move || {
                ask.send(()).expect("the neighbor is there");
                answered.recv_timeout(deadline).is_ok()
            };
            let bridge = Bridge::new(1).expect("a thread");
            block_on(async {
                tokio::spawn(async move {
                    asked.await.expect("the job asks");
                    // An error says that it was too late.
                    let _ = answer.send(());
                });
                match over {
                    true => over_the_bridge(&bridge, vec![job]).await == [Ok(true)],
                    false => on_the_runtime(vec![job]).await == [true],
                }
            })
        })
    }

    #[test]
    fn a_neighbor_runs_beside_the_bridge_and_not_beside_par_iter() {
        assert!(neighbor_answers(PATIENT / 2, true));
        assert!(!neighbor_answers(Duration::from_millis(30), false));
    }

    #[test]
    fn a_job_that_keeps_the_runtimes_thread_shows_as_a_gap() {
        let gap = within(PATIENT, || {
            let job = || thread::sleep(Duration::from_millis(30));
            block_on(beside_a_ticker(async || on_the_runtime(vec![job]).await)).1
        });
        assert!(gap >= Duration::from_millis(30), "{gap:?}");
    }

    #[test]
    fn one_page_is_poisoned_and_the_others_are_exact() {
        within(PATIENT, || {
            let (bridge, all) = (Bridge::new(2).expect("two threads"), pages(100, 30));
            let answers = block_on(over_the_bridge(&bridge, jobs(&all, Some(41))));
            for (page, (answer, html)) in answers.into_iter().zip(&all).enumerate() {
                match (page, answer) {
                    (41, Err(Panicked(said))) => assert_eq!(said, "page 41 is poisoned"),
                    (_, answer) => assert_eq!(answer, Ok(words(html)), "page {page}"),
                }
            }
            assert_eq!(bridge.pool().broadcast(|_| ()).len(), 2);
        });
    }

    /// Drops the waiter of a work that has begun, and then asks for the place. Returns whether it
    /// was free while the work went on.
    fn free_too_early(inside: bool) -> bool {
        within(PATIENT, move || {
            let (bridge, places) = (Bridge::new(1).expect("a thread"), Arc::new(Semaphore::new(1)));
            let both = Rendezvous::new(2);
            let there = both.clone();
            let (release, wait) = mpsc::channel::<()>();
            let work = move || {
                there.meet(PATIENT / 2).expect("it is waited for");
                // An error says that the sender is gone, which is the signal.
                let _ = wait.recv();
            };
            block_on(async {
                let meet = both.meet_async();
                match inside {
                    true => tokio::select! {
                        _ = place_with_the_work(&bridge, &places, work) => unreachable!("it waits"),
                        () = meet => {}
                    },
                    false => tokio::select! {
                        _ = place_with_the_waiter(&bridge, &places, work) => unreachable!("it waits"),
                        () = meet => {}
                    },
                }
                let early = places.available_permits() == 1;
                drop(release);
                // In either way it is free in the end, or this hangs.
                let _place = places.acquire().await.expect("it is never closed");
                early
            })
        })
    }

    #[test]
    fn a_place_inside_the_work_is_taken_until_the_work_is_done() {
        assert!(free_too_early(false));
        assert!(!free_too_early(true));
    }

    #[test]
    fn work_that_nobody_waits_for_anymore_never_begins_and_frees_its_place() {
        within(PATIENT, || {
            let (bridge, places) = (Bridge::new(1).expect("a thread"), Arc::new(Semaphore::new(1)));
            let (release, wait) = mpsc::channel::<()>();
            bridge.pool().spawn(move || _ = wait.recv());
            let began = Arc::new(AtomicBool::new(false));
            let note = Arc::clone(&began);
            let work = move || note.store(true, Ordering::Relaxed);
            block_on(async {
                let mut waiting = Box::pin(place_with_the_work(&bridge, &places, work));
                assert!(futures::poll!(&mut waiting).is_pending());
                drop(waiting);
                assert_eq!((bridge.waiting(), places.available_permits()), (1, 0));
                drop(release);
                let _place = places.acquire().await.expect("it is never closed");
            });
            assert!(!began.load(Ordering::Relaxed));
        });
    }

    #[test]
    fn every_trip_is_made() {
        within(PATIENT, || {
            let (bridge, done) = (Bridge::new(2).expect("two threads"), Peak::new());
            let job = || {
                let (under_way, done) = (done.enter(), done.clone());
                let work = bridge.run(move || assert!(done.now() <= 32));
                async move {
                    assert_eq!(work.await, Ok(()));
                    drop(under_way);
                }
            };
            block_on(trip(200, job));
            assert_eq!((done.max(), done.total()), (32, 200));
        });
    }
}
