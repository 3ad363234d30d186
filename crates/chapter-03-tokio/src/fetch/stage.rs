//! The other side: pages with faults, and an origin that counts.

use std::error::Error;
use std::io;
use std::time::Duration;

use futures::stream::StreamExt;
use lessons::measure::Table;
use origin::{Counts, Fault, Generator, Origin, RetryAfter, Site};
use reqwest::Client;

use super::{FetchPolicy, POLICY, fetch, fetch_naive};

/// Pages with nothing wrong.
pub(super) const GOOD: [&str; 4] = ["/cake", "/chess", "/tea", "/tram"];

/// A site of good pages, and of some that have a fault each.
pub(super) fn town() -> io::Result<Origin> {
    let pages = GOOD.into_iter().chain(["/busy", "/endless", "/gone", "/hangs"]);
    Origin::serve(Site::pages(pages.map(|name| (name, "A page. ".repeat(100)))))
        .latency(Duration::from_millis(20))
        .fault_times("/busy", 2, Fault::Unavailable { retry_after: RetryAfter::Seconds(1) })
        .fault("/endless", Fault::Endless)
        .fault("/gone", Fault::NotFound)
        .fault("/hangs", Fault::Hang)
        .start()
}

/// Counts the connections that 20 pages take with one client, and with one for each.
pub(super) async fn print_connections(client: &Client) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(["20 pages", "requests", "connections", "most at once"]);
    let site = Site::generated(Generator { pages: 20, ..Generator::default() });
    // Enough latency that all requests that may be under way at once are.
    for (way, at_once, latency) in [
        ("one client, one at a time", 1, 0),
        ("one client, four at once", 4, 20),
        ("naive, all at once", 0, 100),
    ] {
        let latency = Duration::from_millis(latency);
        let origin = Origin::serve(site.clone()).latency(latency).start()?;
        let urls = origin.urls();
        let fetched = match at_once {
            0 => fetch_naive(&urls).await.len(),
            _ => fetch(client, &urls, FetchPolicy { at_once, ..POLICY }).count().await,
        };
        assert_eq!(fetched, 20);
        let Counts { requests, connections, peak_in_flight, .. } = origin.counts();
        let counts = [requests, connections, peak_in_flight as u64];
        let [requests, connections, peak] = counts.map(|count| count.to_string());
        table.row([way.to_owned(), requests, connections, peak]);
    }
    print!("{table}");
    Ok(())
}

/// The title of an HTML page.
pub(super) fn title(html: &str) -> &str {
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or("no title", |(title, _)| title)
}
