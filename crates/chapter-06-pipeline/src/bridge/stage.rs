//! Pages, waiters without patience, and what a trip costs.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use lessons::measure::{Control, Table, fastest_in_turn, human, ratio};
use origin::Generator;
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tracing::info_span;
use witness::Peak;

use super::{permit_with_the_waiter, permit_with_the_work};
use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::run::Threads;
use crate::program::run::bridge::Bridge;

/// `pages` made-up pages.
pub(super) fn pages(pages: usize, words_per_page: usize) -> Vec<Arc<str>> {
    let generator = Generator { pages, words_per_page, ..Generator::default() };
    (0..pages).filter_map(|page| generator.html(page)).map(Arc::from).collect()
}

/// The number of words that the program finds in a page.
pub(super) fn words(html: &str) -> u32 {
    digest(html.as_bytes(), MediaType::Html, None)
        .expect("made-up pages are HTML")
        .words
}

/// A job for each page: count its words. The `poisoned` one panics.
pub(super) fn jobs(
    pages: &[Arc<str>],
    poisoned: Option<usize>,
) -> Vec<impl FnOnce() -> u32 + Send + use<>> {
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

/// Gives documents to `waiters` callers who stop waiting as soon as the work
/// has begun, where there is one permit. Returns the most documents that were
/// worked on at once.
pub(super) async fn impatient(
    bridge: &Bridge,
    waiters: usize,
    inside: bool,
) -> usize {
    let (permits, peak) = (Arc::new(Semaphore::new(1)), Peak::new());
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
                false => permit_with_the_waiter(bridge, &permits, work).await,
                true => permit_with_the_work(bridge, &permits, work).await,
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

/// Makes `trips` trips with jobs that do nothing, 32 at a time.
pub(super) async fn round_trips<F: Future>(trips: u32, job: impl Fn() -> F) {
    stream::iter(0..trips)
        .map(|_| job())
        .buffer_unordered(32)
        .for_each(async |_| ())
        .await;
}

/// The cost of a trip, beside the work that it is made for.
pub(super) fn print_costs() -> Result<(), Box<dyn Error>> {
    const ROUNDS: usize = 9;
    const TRIPS: u32 = 3_000;
    let runtime = Builder::new_current_thread().build()?;
    let bridge = Bridge::new(Threads::available().rayon)?;
    let page = &pages(1, 1_000)[0];
    let count = words(page);
    let bridged = || runtime.block_on(round_trips(TRIPS, || bridge.run(|| ())));
    let [one, blocking, again, document] = fastest_in_turn(
        ROUNDS,
        [
            &mut { bridged },
            &mut || {
                runtime.block_on(round_trips(TRIPS, || spawn_blocking(|| ())))
            },
            &mut { bridged },
            &mut || _ = black_box(words(page)),
        ],
    );
    let [one, blocking, again] =
        [one, blocking, again].map(|took| took / TRIPS);
    let mut trips = Table::new(["", ""]);
    trips.row(["bridge".to_owned(), human(one)]);
    trips.row(["spawn_blocking".to_owned(), human(blocking)]);
    trips.row(["bridge again".to_owned(), human(again)]);

    let trip = Control::new(one, again).best();
    let adds = |work| match ratio(trip, work) * 100.0 {
        percent if percent < 10.0 => format!("the trip adds {percent:.1} %"),
        percent => format!("the trip adds {percent:.0} %"),
    };
    let word = document / count;
    let mut works = Table::new(["", "", ""]);
    works.row([
        format!("a page of {count} words"),
        human(document),
        adds(document),
    ]);
    works.row(["one word".to_owned(), human(word), adds(word)]);
    print!("a trip, 32 at a time (the least of {ROUNDS} rounds)\n{trips}");
    print!("and the work it is for\n{works}");
    Ok(())
}
