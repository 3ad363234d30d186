//! How close the program comes to what the machine can do.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use origin::{Origin, Site};
use rayon::prelude::*;
use reqwest::Url;

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
/// Digests and indexes all pages from memory: what computing alone costs.
pub fn from_memory(bridge: &Bridge, pages: &[(String, bytes::Bytes)]) -> Index {
    bridge.pool().install(|| {
        let builder = Builder::new();
        pages.par_iter().for_each(|(url, body)| {
            let digest = digest(body, MediaType::Html, Some("utf-8"));
            builder.add(url, body.len() as u64, digest.expect("the documentation is HTML"));
        });
        builder.finish()
    })
}
// ANCHOR_END: from_memory

// ANCHOR: discard
/// Fetches all pages and throws them away: what waiting alone costs. Returns their bytes.
pub async fn discard(
    attempts: Attempts<impl Transport>,
    urls: Vec<Url>,
    concurrency: usize,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let attempts = Arc::new(attempts);
    let fetches = urls.into_iter().map(|url| {
        let attempts = Arc::clone(&attempts);
        async move { tokio::spawn(async move { attempts.bytes(&url).await }).await }
    });
    let mut bodies = stream::iter(fetches).buffer_unordered(concurrency);
    let mut bytes = 0;
    while let Some(body) = bodies.next().await {
        bytes += body??.len() as u64;
    }
    Ok(bytes)
}
// ANCHOR_END: discard

/// The least of the times that each arm took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Computing alone.
    pub compute: Duration,
    /// Fetching alone.
    pub fetch: Duration,
    /// The program.
    pub program: Duration,
    /// The program again, under another name: the control.
    pub again: Duration,
    /// Processor time of the whole process during the fastest run of the program.
    pub processor: Option<Duration>,
    /// The part of it that the server took.
    pub server: Option<Duration>,
}

impl Times {
    /// The larger of the two floors, as a share of the program's time: 1 is perfect overlap.
    pub fn overlap(&self) -> f64 {
        self.compute.max(self.fetch).as_secs_f64() / self.program.min(self.again).as_secs_f64()
    }

    /// By how much two equal arms differed.
    pub fn noise(&self) -> f64 {
        let (a, b) = (self.program.as_secs_f64(), self.again.as_secs_f64());
        (a - b).abs() / a.min(b)
    }
}

/// Runs the arms in turn, several rounds, and keeps the least time of each.
pub fn measure(
    origin: &Origin,
    concurrency: usize,
    rounds: usize,
) -> Result<Times, Box<dyn Error>> {
    let runtime = run::runtime()?;
    let ours = plan(Concurrency::Fixed(concurrency));
    let bridge = Bridge::new(ours.threads)?;
    let pages: Vec<(String, bytes::Bytes)> = origin
        .site()
        .paths()
        .into_iter()
        .filter_map(|path| Some((origin.url_of(&path), origin.site().page(&path)?)))
        .collect();
    let urls = origin.urls();
    let parsed = urls.iter().map(|url| Url::parse(url)).collect::<Result<Vec<_>, _>>()?;

    let most = Duration::MAX;
    let mut times = Times {
        compute: most,
        fetch: most,
        program: most,
        again: most,
        processor: None,
        server: None,
    };
    for _ in 0..rounds {
        let start = Instant::now();
        let index = from_memory(&bridge, &pages);
        times.compute = times.compute.min(start.elapsed());

        let start = Instant::now();
        let attempts = ours.attempts(Fetcher::new(&ours.fetch)?, &Arc::default());
        let bytes = runtime
            .block_on(discard(attempts, parsed.clone(), concurrency))
            .map_err(|error| error.to_string())?;
        times.fetch = times.fetch.min(start.elapsed());
        assert_eq!(bytes, index.bytes(), "both arms saw the same pages");

        for control in [false, true] {
            let (before, server) = (process_time(), origin.cpu_time());
            let start = Instant::now();
            let (found, _) = runtime.block_on(pipeline(&urls, ours.concurrency))?;
            let took = start.elapsed();
            assert_eq!(found, index, "the program found what the floor found");
            let slot = if control { &mut times.again } else { &mut times.program };
            *slot = (*slot).min(took);
            if took == times.program.min(times.again) {
                times.processor =
                    process_time().zip(before).map(|(after, before)| after.saturating_sub(before));
                times.server = origin
                    .cpu_time()
                    .zip(server)
                    .map(|(after, before)| after.saturating_sub(before));
            }
        }
    }
    Ok(times)
}

/// Processor time of all threads of this process so far.
pub fn process_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.try_into().ok()
    }
    #[cfg(not(unix))]
    None
}

/// Measures the program on the Rust documentation at 20 ms latency.
pub fn main() -> Result<(), Box<dyn Error>> {
    let latency = Duration::from_millis(20);
    let concurrency = 64;
    let site = Site::best().preload()?;
    let documents = site.page_count();
    println!(
        "{}\nlatency {} ms, concurrency {concurrency}\n",
        site.describe(),
        latency.as_millis()
    );
    let origin = Arc::new(Origin::serve(site).latency(latency).start()?);
    let times = measure(&origin, concurrency, 3)?;

    let threads = Plan::default().threads;
    let ms = |time: Duration| format!("{:>5.0} ms", time.as_secs_f64() * 1e3);
    println!("compute alone (from memory, {threads} threads)   {}", ms(times.compute));
    println!("fetch alone (bodies thrown away)         {}", ms(times.fetch));
    println!("the program                              {}", ms(times.program));
    println!("the program again (control)              {}", ms(times.again));
    if let (Some(processor), Some(server)) = (times.processor, times.server) {
        println!(
            "processor time of the program's run      {}, the server's part {}",
            ms(processor),
            ms(server).trim()
        );
    }
    println!("\nE = the larger floor / the program = {:.2}", times.overlap());
    let noise = times.noise();
    println!(
        "the two equal arms differ by {:.1} %{}",
        noise * 100.0,
        if noise > 0.05 { ": the machine is too busy for this figure to mean much" } else { "" },
    );
    // The model of the page: with c seconds of computing a document, latency L and P threads,
    // computing is the limit from P (1 + L/c) documents in flight on.
    let each = times.compute.as_secs_f64() * threads as f64 / documents as f64;
    let needed = threads as f64 * (1.0 + latency.as_secs_f64() / each);
    println!(
        "a document costs {:.2} ms of computing: C* = {needed:.0} in flight keep {threads} threads busy",
        each * 1e3
    );
    Ok(())
}

#[cfg(test)]
mod tests;
