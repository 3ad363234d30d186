//! A pipeline takes at least as long as its slower stage alone.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use lessons::measure::{in_turn, ratio};
use origin::{Origin, Site};
use rayon::prelude::*;
use reqwest::Url;

use self::stage::cost;
use crate::pipeline::{pipeline, plan};
use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::fetch::attempts::Attempts;
use crate::program::fetch::{Fetcher, Transport};
use crate::program::index::{Builder, Index};
use crate::program::run::bridge::Bridge;
use crate::program::run::concurrency::Concurrency;
use crate::program::run::{self, Plan};

// ANCHOR: from_memory
/// Digests and indexes all pages from memory: the cost of computing alone.
pub fn from_memory(bridge: &Bridge, pages: &[(String, bytes::Bytes)]) -> Index {
    bridge.pool().install(|| {
        let builder = Builder::new();
        pages.par_iter().for_each(|(url, body)| {
            let digest = digest(body, MediaType::Html, Some("utf-8"));
            builder.add(
                url,
                body.len() as u64,
                digest.expect("the documentation is HTML"),
            );
        });
        builder.finish()
    })
}
// ANCHOR_END: from_memory

// ANCHOR: discard
/// Fetches all pages and throws them away: the cost of waiting alone. Returns
/// their bytes.
pub async fn discard(
    attempts: Attempts<impl Transport>,
    urls: Vec<Url>,
    concurrency: usize,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let attempts = Arc::new(attempts);
    let fetches =
        urls.into_iter().map(|url| {
            let attempts = Arc::clone(&attempts);
            async move {
                tokio::spawn(async move { attempts.bytes(&url).await }).await
            }
        });
    let mut bodies = stream::iter(fetches).buffer_unordered(concurrency);
    let mut bytes = 0;
    while let Some(body) = bodies.next().await {
        bytes += body??.len() as u64;
    }
    Ok(bytes)
}
// ANCHOR_END: discard

/// Documents in flight at once.
const CONCURRENCY: usize = 64;

/// Measures the program on the Rust documentation at 20 ms latency.
pub fn main() -> Result<(), Box<dyn Error>> {
    let latency = Duration::from_millis(20);
    let site = Site::best().preload()?;
    let documents = site.page_count();
    println!("{}", site.describe());
    println!("latency {} ms, concurrency {CONCURRENCY}\n", latency.as_millis());
    let origin = Origin::serve(site).latency(latency).start()?;
    let times = measure(&origin, CONCURRENCY, 3)?;
    stage::print(&times);

    // The model of the page: with c seconds of computing a document, latency L
    // and P threads, computing is the limit from P (1 + L/c) documents in
    // flight on.
    let threads = Plan::default().threads;
    let each = times.compute.as_secs_f64() * threads as f64 / documents as f64;
    let needed = threads as f64 * (1.0 + latency.as_secs_f64() / each);
    println!(
        "a document costs {:.2} ms of computing: C* = {needed:.0} in flight keep {threads} threads busy",
        each * 1e3
    );
    Ok(())
}

/// The least time of each arm.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Computing alone.
    pub compute: Duration,
    /// Fetching alone.
    pub fetch: Duration,
    /// The program, and again under another name: the control.
    pub program: [Duration; 2],
    /// The program's fastest run.
    pub run: Cost,
}

impl Times {
    /// The larger of the two floors, as a share of the program's time: 1 is
    /// perfect overlap.
    pub fn overlap(&self) -> f64 {
        ratio(self.compute.max(self.fetch), self.run.time)
    }
}

/// Runs the arms in turn, `rounds` rounds, and keeps the least time of each.
pub fn measure(
    origin: &Origin,
    concurrency: usize,
    rounds: usize,
) -> Result<Times, Box<dyn Error>> {
    let (runtime, ours) =
        (run::runtime()?, plan(Concurrency::Fixed(concurrency)));
    let bridge = Bridge::new(ours.threads)?;
    let (urls, pages) = (origin.urls(), stage::pages(origin));
    let parsed = urls
        .iter()
        .map(|url| Url::parse(url))
        .collect::<Result<Vec<_>, _>>()?;
    let expected = from_memory(&bridge, &pages);

    type Run = Result<Cost, Box<dyn Error>>;
    let mut compute =
        || -> Run { Ok(cost(origin, || from_memory(&bridge, &pages)).0) };
    let mut fetch = || -> Run {
        let (cost, bytes) = cost(origin, || -> Result<u64, Box<dyn Error>> {
            let attempts =
                ours.attempts(Fetcher::new(&ours.fetch)?, &Arc::default());
            let all = discard(attempts, parsed.clone(), concurrency);
            Ok(runtime.block_on(all).map_err(|error| error.to_string())?)
        });
        assert_eq!(bytes?, expected.bytes(), "both arms saw the same pages");
        Ok(cost)
    };
    let program = || -> Run {
        let (cost, found) = cost(origin, || {
            runtime.block_on(pipeline(&urls, ours.concurrency))
        });
        assert_eq!(
            found?.0, expected,
            "the program found what the floor found"
        );
        Ok(cost)
    };
    let arms = in_turn(
        rounds,
        [&mut compute, &mut fetch, &mut { program }, &mut { program }],
    );
    let mut least = Vec::new();
    for arm in arms {
        let costs = arm.into_iter().collect::<Result<Vec<Cost>, _>>()?;
        least.push(costs.into_iter().min().ok_or("no round")?);
    }
    let [compute, fetch, program, again] =
        [least[0], least[1], least[2], least[3]];
    Ok(Times {
        compute: compute.time,
        fetch: fetch.time,
        program: [program.time, again.time],
        run: program.min(again),
    })
}

mod stage;
pub use stage::{Cost, process_time};

#[cfg(test)]
mod tests;
