//! How late a timer of the runtime is beside computing: with the work on a pool
//! behind the bridge, on a pool whose threads have the same priority, and on
//! the runtime's own thread.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::digest;
use chapter_06_pipeline::program::run::bridge::Bridge;
use chapter_06_pipeline::program::run::{self, Plan};
use origin::Site;
use rayon::ThreadPool;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, sleep_until};

/// The timer's period.
const EVERY: Duration = Duration::from_millis(5);
/// Times that it goes off in a round.
const TIMES: u32 = 400;
const ROUNDS: usize = 3;
/// Documents in flight, so that there is always one that waits.
const IN_FLIGHT: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Nowhere,
    Bridge,
    Pool,
    Inline,
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = run::runtime()?;
    let threads = Plan::default().threads;
    let bridge = Arc::new(Bridge::new(threads)?);
    let pool =
        Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?);
    let site = Site::best().preload()?;
    println!("{}", site.describe());
    let pages: Arc<[_]> =
        site.paths().iter().filter_map(|path| site.page(path)).collect();

    let arms = [
        ("nothing computes", Where::Nowhere),
        ("over the bridge", Where::Bridge),
        ("on any other pool", Where::Pool),
        ("in the task", Where::Inline),
        ("over the bridge, again", Where::Bridge),
    ];
    let mut late = [const { Vec::new() }; 5];
    let mut documents = [0.0; 5];
    let mut seconds = [0.0; 5];
    for _ in 0..ROUNDS {
        for (nth, (_, place)) in arms.iter().enumerate() {
            let start = Instant::now();
            let (mut times, done) =
                runtime.block_on(round(*place, &bridge, &pool, &pages));
            seconds[nth] += start.elapsed().as_secs_f64();
            late[nth].append(&mut times);
            documents[nth] += done as f64;
        }
    }
    println!(
        "a timer every {} ms beside the digests of all pages, {IN_FLIGHT} in flight\n",
        EVERY.as_millis()
    );
    println!(
        "late by                    half     99 %    at most   documents/s"
    );
    for (nth, ((name, _), late)) in arms.iter().zip(&mut late).enumerate() {
        late.sort_unstable();
        let at = |share: f64| {
            late[((late.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
        };
        println!(
            "{name:24} {:>5.2} ms {:>5.2} ms {:>7.2} ms {:>13.0}",
            at(0.5),
            at(0.99),
            at(1.0),
            documents[nth] / seconds[nth]
        );
    }
    Ok(())
}

/// Lets the timer go off a number of times, and returns how late each time was
/// and how many documents were computed meanwhile.
async fn round(
    place: Where,
    bridge: &Arc<Bridge>,
    pool: &Arc<ThreadPool>,
    pages: &Arc<[bytes::Bytes]>,
) -> (Vec<Duration>, usize) {
    let timer = tokio::spawn(async {
        let mut late = Vec::new();
        let mut next = Instant::now();
        for _ in 0..TIMES {
            next += EVERY;
            sleep_until(next).await;
            let now = Instant::now();
            late.push(now - next);
            // The next time counts from now: one long wait is one late time,
            // not many.
            next = now;
        }
        late
    });
    let permits = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut done = 0;
    while !timer.is_finished() {
        if place == Where::Nowhere {
            tokio::time::sleep(EVERY).await;
            continue;
        }
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("it is never closed");
        let (bridge, pool, pages) =
            (Arc::clone(bridge), Arc::clone(pool), Arc::clone(pages));
        let nth = done % pages.len();
        done += 1;
        tokio::spawn(async move {
            let _permit = permit;
            let work = move || {
                digest(&pages[nth], MediaType::Html, Some("utf-8"))
                    .map(|it| it.words)
            };
            let words = match place {
                Where::Bridge => {
                    bridge.run(work).await.expect("it does not panic")
                }
                Where::Pool => {
                    let (sender, receiver) = oneshot::channel();
                    pool.spawn(move || drop(sender.send(work())));
                    receiver.await.expect("it does not panic")
                }
                Where::Inline | Where::Nowhere => work(),
            };
            assert!(words.is_ok());
        });
    }
    let _all = permits
        .acquire_many(IN_FLIGHT as u32)
        .await
        .expect("it is never closed");
    (timer.await.expect("it does not panic"), done)
}
