//! How close the program comes to the machine's limit at three latencies, and whether it finds the
//! number of documents in flight by itself.
//!
//! All arms run in turn, several rounds; the least time of each counts. The program runs twice
//! under two names: where the two differ by more than 5 %, the row means little.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chapter_06_pipeline::limit::{discard, from_memory};
use chapter_06_pipeline::pipeline::pipeline;
use chapter_06_pipeline::program::bridge::Bridge;
use chapter_06_pipeline::program::concurrency::Concurrency;
use chapter_06_pipeline::program::fetch::Fetcher;
use chapter_06_pipeline::program::run::{self, Plan};
use origin::{Origin, Site};
use reqwest::Url;

const LATENCIES: [u64; 3] = [5, 50, 500];
/// The constants that are tried by hand, as shares of what the model asks for.
const SHARES: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
const ROUNDS: usize = 3;

/// The least time of an arm.
#[derive(Clone, Copy)]
struct Least(Duration);

impl Least {
    fn new() -> Self {
        Least(Duration::MAX)
    }

    fn time<T>(&mut self, arm: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = arm();
        self.0 = self.0.min(start.elapsed());
        result
    }

    fn seconds(self) -> f64 {
        self.0.as_secs_f64()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = run::runtime()?;
    let plan = Plan::default();
    let bridge = Bridge::new(plan.threads)?;
    let site = Site::best().preload()?;
    println!("{}", site.describe());
    println!("times in ms; E = the larger of compute and fetch / program, at C* in flight\n");
    println!(
        "latency    C*  compute  fetch  program     E    A/A   best constant   auto  auto/best"
    );
    for latency in LATENCIES.map(Duration::from_millis) {
        let origin = Origin::serve(site.clone()).latency(latency).start()?;
        let page = |path: String| Some((origin.url_of(&path), origin.site().page(&path)?));
        let pages: Vec<(String, Bytes)> =
            origin.site().paths().into_iter().filter_map(page).collect();
        let urls =
            origin.urls().iter().map(|url| Url::parse(url)).collect::<Result<Vec<_>, _>>()?;

        let mut compute = Least::new();
        for _ in 0..ROUNDS {
            compute.time(|| from_memory(&bridge, &pages));
        }
        let each = compute.seconds() * plan.threads as f64 / pages.len() as f64;
        let needed = plan.threads as f64 * (1.0 + latency.as_secs_f64() / each);
        let needed = needed.ceil() as usize;

        let program = |concurrency| runtime.block_on(pipeline(&origin, concurrency));
        let (mut fetch, mut first, mut again, mut auto) =
            (Least::new(), Least::new(), Least::new(), Least::new());
        let by_hand = |share| ((needed as f64 * share) as usize).max(plan.threads);
        let mut constants = SHARES.map(|share| (by_hand(share), Least::new()));
        for _ in 0..ROUNDS {
            compute.time(|| from_memory(&bridge, &pages));
            let bytes = fetch.time(|| {
                let fetcher = Fetcher::new(&plan.fetch)?;
                runtime
                    .block_on(discard(fetcher, urls.clone(), needed))
                    .map_err(|error| Box::<dyn Error>::from(error.to_string()))
            })?;
            assert!(bytes > 0);
            first.time(|| program(Concurrency::Fixed(needed)))?;
            auto.time(|| program(Concurrency::Auto))?;
            again.time(|| program(Concurrency::Fixed(needed)))?;
            for (constant, least) in &mut constants {
                least.time(|| program(Concurrency::Fixed(*constant)))?;
            }
        }
        let (best, least) =
            constants.into_iter().min_by_key(|(_, least)| least.0).expect("there are some");
        let ms = |least: Least| least.seconds() * 1e3;
        let (one, two) = (first.seconds(), again.seconds());
        println!(
            "{:>4} ms {needed:>7} {:>8.0} {:>6.0} {:>8.0} {:>5.2} {:>5.1}% {best:>6}: {:>4.0} ms {:>6.0} {:>9.2}",
            latency.as_millis(),
            ms(compute),
            ms(fetch),
            one.min(two) * 1e3,
            compute.seconds().max(fetch.seconds()) / one.min(two),
            (one - two).abs() / one.min(two) * 100.0,
            ms(least),
            ms(auto),
            auto.seconds() / least.seconds(),
        );
    }
    Ok(())
}
