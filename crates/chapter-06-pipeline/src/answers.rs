//! Each answer is computed once, on the pool, whoever asks.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use lessons::measure::human;
use tokio::task::JoinSet;
use witness::beside_a_ticker;

use crate::program::index::{Index, Query};
use crate::program::run::Threads;
use crate::program::run::bridge::{Bridge, Panicked};
use crate::program::serve::answers::Answers;

/// Searches an index: the number of pages that match, and where the best of
/// them is.
pub fn search(index: &Index, query: &str) -> Answer {
    let Ok(query) = Query::parse(query) else { return Answer::default() };
    let found = index.search(&query, 10);
    let best = found.hits.first().map(|hit| hit.url());
    Answer { total: found.total, best }
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// How many pages match.
    pub total: usize,
    /// Where the best of them is.
    pub best: Option<String>,
}

// ANCHOR: inline
/// Searches in the task that answers: on the runtime's thread, and anew for
/// each who asks.
#[expect(
    clippy::unused_async,
    reason = "the bug this lesson shows: it has nothing to await"
)]
pub async fn on_the_runtime(index: Arc<Index>, query: &'static str) -> Answer {
    search(&index, query)
}
// ANCHOR_END: inline

// ANCHOR: shared
/// Takes the answer that is known, or waits for the one that is being computed
/// on the pool.
pub async fn shared(
    answers: Arc<Answers<&'static str, Answer>>,
    index: Arc<Index>,
    query: &'static str,
) -> Result<Answer, Panicked> {
    answers.get(&query, move || search(&index, query)).await
}
// ANCHOR_END: shared

/// Lets `clients` ask at once, in a task each: one of the queries in turn.
/// Returns what they got.
pub async fn ask_at_once<F>(
    clients: usize,
    ask: impl Fn(&'static str) -> F,
) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let queries = stage::QUERIES.iter().cycle().take(clients);
    let tasks: JoinSet<F::Output> = queries.map(|query| ask(query)).collect();
    tasks.join_all().await
}

/// How often the ticker asks to run.
const PERIOD: Duration = Duration::from_millis(1);
const CLIENTS: usize = 1_000;

/// Lets a thousand clients ask, with a search for each on the runtime's thread,
/// and then with shared answers. Last, they ask a real server.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let index = Arc::new(stage::index(1_000));
    let questions = stage::QUERIES.len();
    println!(
        "{CLIENTS} clients ask {questions} different questions, all at once\n"
    );

    let asking =
        ask_at_once(CLIENTS, |query| on_the_runtime(Arc::clone(&index), query));
    let blocked = beside_a_ticker(PERIOD, asking).await;
    println!("a search for each, on the runtime's thread");
    println!("  {} searches, {}", blocked.output.len(), human(blocked.took));
    println!(
        "  longest gap between two ticks: {}\n",
        human(blocked.longest_gap)
    );

    let bridge = Bridge::new(Threads::available().rayon)?;
    let answers = Arc::new(Answers::new(bridge, 100));
    let asking = ask_at_once(CLIENTS, |query| {
        shared(Arc::clone(&answers), Arc::clone(&index), query)
    });
    let free = beside_a_ticker(PERIOD, asking).await;
    let same = free.output.iter().filter_map(|answer| answer.as_ref().ok());
    println!("one search for each question, on the pool");
    println!("  {} searches, {}", answers.computed(), human(free.took));
    println!("  longest gap between two ticks: {}", human(free.longest_gap));
    println!("  {} clients have an answer\n", same.count());

    let index = Arc::into_inner(index).ok_or("somebody still searches")?;
    let (requests, found, computed) =
        stage::over_sockets(index, 100, 10).await?;
    println!(
        "the program's server: {requests} requests over 100 connections at a time"
    );
    println!("  {found} pages of results, {computed} searches\n");
    println!("to search the Rust documentation yourself");
    println!(
        "  in a browser:    cargo run --release --bin chapter-06 -- serve"
    );
    println!(
        "  in a terminal:   cargo run --release --bin chapter-06 -- search 'Vec::push'"
    );
    Ok(())
}

mod stage;

#[cfg(test)]
mod tests;
