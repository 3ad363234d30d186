//! What an origin counts: the connections that 20 pages take.

use std::error::Error;
use std::time::Duration;

use futures::stream::StreamExt;
use lessons::measure::Table;
use origin::{Counts, Generator, Origin, Site};

use super::{FetchPolicy, POLICY, client, fetch, fetch_naive};

/// Counts the connections with one client, and with one for each page.
#[tokio::main(flavor = "current_thread")]
pub async fn print() -> Result<(), Box<dyn Error>> {
    println!();
    let client = client(Duration::from_secs(10))?;
    let mut table =
        Table::new(["20 pages", "requests", "connections", "most at once"]);
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
            _ => {
                fetch(&client, &urls, FetchPolicy { at_once, ..POLICY })
                    .count()
                    .await
            }
        };
        assert_eq!(fetched, 20);
        let Counts { requests, connections, peak_in_flight, .. } =
            origin.counts();
        let counts = [requests, connections, peak_in_flight as u64];
        let [requests, connections, peak] =
            counts.map(|count| count.to_string());
        table.row([way.to_owned(), requests, connections, peak]);
    }
    print!("{table}");
    Ok(())
}
