//! Many workers make the index of one when each sends whole documents.

use std::error::Error;
use std::sync::Arc;

use async_nats::{Client, Message};
use chapter_06_pipeline::program::digest::words::words;
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use chapter_06_pipeline::program::source::Source;
use own_nats::Server;
use tokio_util::sync::CancellationToken;

use crate::program::connection::{Address, Connection};
use crate::program::coordinator;
use crate::program::worker::{Settings, work};
use stage::{Map, traffic};

// ANCHOR: word_by_word
/// Puts each word of a text into a map that another process holds, and waits
/// for its answer, as one does with a map of one's own. Returns how many words
/// there were.
pub async fn word_by_word(
    client: &Client,
    text: &str,
) -> Result<u64, Box<dyn Error>> {
    let (mut put, mut buffer) = (0, String::new());
    for word in words(text) {
        let word = word.fold(&mut buffer).to_owned();
        let _: Message = client.request("map.put", word.into()).await?;
        put += 1;
    }
    Ok(put)
}
// ANCHOR_END: word_by_word

// ANCHOR: over_workers
/// Runs a plan with so many workers. Each has a connection of its own and
/// shares nothing with the others, as if it were on another machine.
pub async fn over_workers(
    workers: usize,
    address: &Address,
    plan: Plan,
    sources: Vec<Source>,
) -> Result<(Index, Report, u64), Box<dyn Error>> {
    let stop = CancellationToken::new();
    let mut clients = Vec::new();
    for nth in 0..workers {
        let name = format!("worker {nth}");
        let connection = Connection::open(address, &name).await?;
        clients.push(connection.client.clone());
        let settings =
            Settings { jobs: 8, threads: 1, files: Vec::new(), dearer: 1 };
        tokio::spawn(work(connection, settings, stop.clone()));
    }
    let connection = Connection::open(address, "coordinator").await?;
    clients.push(connection.client.clone());
    let progress = Arc::new(Progress::default());
    let run =
        coordinator::run(connection, 1, plan, sources, stop.clone(), progress);
    let (index, report) = Box::pin(run).await?;
    let messages = traffic(&clients);
    stop.cancel();
    Ok((index, report, messages))
}
// ANCHOR_END: over_workers

/// Both ways, with a server of its own.
pub fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start_or_exit();
    let address = Address::with_token(&server.url(), server.token())?;
    let (origin, sources) = stage::site()?;
    runtime()?.block_on(async {
        println!("the wrong way: one shared map, a message for each word");
        let connection = Connection::open(&address, "a worker").await?;
        let map = Map::serve(&address).await?;
        let text = "the words of one short page are the words of one page";
        let before = traffic([&connection.client]);
        let put = word_by_word(&connection.client, text).await?;
        let messages = traffic([&connection.client]) - before;
        println!(
            "  {put} words, {messages} messages, {} distinct words in the map",
            map.len()
        );

        println!("\nthe other way: whole documents, and one index");
        let stop = CancellationToken::new();
        let progress = Arc::new(Progress::default());
        let alone = run(stage::plan(), sources.clone(), stop, progress);
        let (expected, _) = alone.await?;
        for workers in [2, 3] {
            let over =
                over_workers(workers, &address, stage::plan(), sources.clone());
            let (index, report, messages) = Box::pin(over).await?;
            println!(
                "  {workers} workers: {} documents, {} words, {:.2} messages a word",
                report.documents,
                report.words,
                messages as f64 / report.words as f64
            );
            let same = stage::bytes(&index)? == stage::bytes(&expected)?;
            println!("  the bytes that chapter 6 saves: {same}");
        }
        println!("\nrequests to the site: {}", origin.counts().requests);
        Ok(())
    })
}

mod stage;
#[cfg(test)]
mod tests;
