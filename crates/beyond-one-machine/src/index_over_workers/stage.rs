//! A site, and a map behind the network.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::source::Source;
use futures::StreamExt;
use origin::{Generator, Origin, Site};
use tokio::time::timeout;

use crate::program::connection::{Address, Connection};

/// A site of 60 pages, and where they are.
pub(super) fn site() -> Result<(Origin, Vec<Source>), Box<dyn Error>> {
    let site = Site::generated(Generator { pages: 60, ..Generator::default() });
    let origin =
        Origin::serve(site).latency(Duration::from_millis(5)).start()?;
    let sources = origin.urls().into_iter();
    let sources = sources.map(|url| Ok(Source::Url(url.parse()?)));
    let sources = sources.collect::<Result<_, Box<dyn Error>>>()?;
    Ok((origin, sources))
}

/// A plan that allows the site 16 requests at once, whoever makes them.
pub(super) fn plan() -> Plan {
    Plan {
        concurrency: Concurrency::Fixed(16),
        per_host: 16,
        ..Plan::default()
    }
}

/// The bytes of an index as they are saved.
pub(super) fn bytes(index: &Index) -> Result<Vec<u8>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("index");
    index.save(&path)?;
    Ok(fs::read(path)?)
}

/// The messages that these have sent and received.
pub(super) fn traffic<'a>(
    clients: impl IntoIterator<Item = &'a Client>,
) -> u64 {
    let of = |client: &Client| {
        let statistics = client.statistics();
        statistics.in_messages.load(Relaxed)
            + statistics.out_messages.load(Relaxed)
    };
    clients.into_iter().map(of).sum()
}

/// So long the server may take to answer.
const ANSWERS_IN: Duration = Duration::from_secs(10);

/// How often each word was put.
type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

/// The process that holds the shared map.
pub(super) struct Map(Counts);

impl Map {
    /// Serves it, to all who send words.
    pub(super) async fn serve(
        address: &Address,
    ) -> Result<Map, Box<dyn Error>> {
        let Connection { client, .. } =
            Connection::open(address, "the map").await?;
        let mut puts = client.subscribe("map.put").await?;
        // A message to oneself comes back when the server has read all before
        // it: so it knows of the map before anybody asks.
        let mut echo = client.subscribe("map.ready").await?;
        client.publish("map.ready", "".into()).await?;
        let _ = timeout(ANSWERS_IN, echo.next()).await?;
        let counts = Counts::default();
        let shared = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Some(put) = puts.next().await {
                let word = String::from_utf8_lossy(&put.payload).into_owned();
                *shared
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(word)
                    .or_default() += 1;
                if let Some(reply) = put.reply {
                    let _ = client.publish(reply, "done".into()).await;
                }
            }
        });
        Ok(Map(counts))
    }

    /// How many distinct words were put.
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
