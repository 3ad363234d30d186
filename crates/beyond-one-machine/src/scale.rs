//! More workers help up to a limit, and the limit is one for all of them.

// ANCHOR: program
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::stream::{self, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, Error};
use futures::StreamExt;
use futures::future::try_join_all;
use own_nats::Server;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

// ANCHOR: worker
/// A worker: until `stop`, it has up to `at_once` jobs under way, each a
/// request to the host. It then finishes those that it has.
pub async fn work(
    consumer: PullConsumer,
    host: Arc<Host>,
    at_once: usize,
    stop: CancellationToken,
) -> Result<(), Error> {
    let one_at_a_time = || async {
        while !stop.is_cancelled() {
            let pull = consumer.batch().max_messages(1);
            let pull = pull.expires(Duration::from_millis(100));
            let mut pulled = pull.messages().await?;
            while let Some(job) = pulled.next().await {
                let job = job?;
                host.ask().await;
                job.double_ack().await?;
            }
        }
        Ok::<(), Error>(())
    };
    let loops = (0..at_once).map(|_| one_at_a_time());
    try_join_all(loops).await?;
    Ok(())
}
// ANCHOR_END: worker

// ANCHOR: shared
/// The consumer of a host's jobs: all its workers together have at most `limit`
/// of them under way.
pub async fn consumer_of(
    jobs: &Stream,
    host: &str,
    limit: i64,
) -> Result<PullConsumer, Error> {
    // A name has no dots, and in a subject they part words.
    let name = host.replace('.', "-");
    let config = pull::Config {
        filter_subject: format!("jobs.{name}"),
        durable_name: Some(name),
        // Longer than a request, or a job is asked for twice at once.
        ack_wait: Duration::from_secs(2),
        max_ack_pending: limit,
        ..Default::default()
    };
    Ok(jobs.create_consumer(config).await?)
}
// ANCHOR_END: shared

// ANCHOR: wanted
/// How many workers to have while so many jobs are left: one for each `each`,
/// and at most `most`.
pub fn wanted(left: u64, each: u64, most: usize) -> usize {
    usize::try_from(left.div_ceil(each)).unwrap_or(most).min(most)
}
// ANCHOR_END: wanted

// ANCHOR: scaled
/// Starts and stops workers by how many jobs are left. Returns how many workers
/// there were, and how many jobs were left, at each change.
pub async fn scaled(
    jobs: &Stream,
    consumer: &PullConsumer,
    host: &Arc<Host>,
) -> Result<Vec<(usize, u64)>, Error> {
    let (mut stops, mut workers) = (Vec::new(), JoinSet::new());
    let mut changes = Vec::new();
    loop {
        let left = jobs.get_info().await?.state.messages;
        let wanted = wanted(left, 20, 4);
        if wanted != stops.len() {
            changes.push((wanted, left));
        }
        while stops.len() < wanted {
            let stop = CancellationToken::new();
            stops.push(stop.clone());
            workers.spawn(work(consumer.clone(), host.clone(), 1, stop));
        }
        for stop in stops.drain(wanted..) {
            stop.cancel();
        }
        if left == 0 {
            break;
        }
        // A worker that has failed ends this, too.
        while let Some(ended) = workers.try_join_next() {
            ended??;
        }
        sleep(Duration::from_millis(5)).await;
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(changes)
}
// ANCHOR_END: scaled

/// Scales workers, then asks a host with limits of two kinds.
#[tokio::main]
pub async fn main() -> Result<(), Error> {
    let server = Server::start_or_exit();
    let options = ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options.connect(server.url()).await?);

    println!("100 jobs: a worker for each twenty that are left, at most four");
    let jobs = published(&jetstream, 100).await?;
    let consumer = consumer_of(&jobs, "host", 1000).await?;
    let host = Arc::new(Host::new(0));
    for (workers, left) in scaled(&jobs, &consumer, &host).await? {
        println!("  jobs left {left:>3}, workers {workers}");
    }

    println!("\na host that allows three requests at once: the most it saw");
    println!("  workers   a limit of 3 in each   one limit of 3 for all");
    for workers in [1, 2, 4, 8] {
        let own = most_asked(&jetstream, workers, 1000, workers * 3).await?;
        let shared = most_asked(&jetstream, workers, 3, 3).await?;
        println!("  {workers:>7}   {own:>20}   {shared:>22}");
    }
    Ok(())
}

/// Lets workers ask a host, each with at most three requests at once, all
/// together with at most `limit`. Returns the most that the host saw.
pub async fn most_asked(
    jetstream: &Context,
    workers: usize,
    limit: i64,
    hold: usize,
) -> Result<usize, Error> {
    let jobs = published(jetstream, 30).await?;
    let consumer = consumer_of(&jobs, "host", limit).await?;
    let host = Arc::new(Host::new(hold));
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    for _ in 0..workers {
        let (consumer, host) = (consumer.clone(), host.clone());
        running.spawn(work(consumer, host, 3, stop.clone()));
    }
    while jobs.get_info().await?.state.messages > 0 {
        if let Some(ended) = running.try_join_next() {
            ended??;
        }
        sleep(Duration::from_millis(2)).await;
    }
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(*host.most.borrow())
}

/// A new stream with `count` jobs for the host.
pub async fn published(
    jetstream: &Context,
    count: u32,
) -> Result<Stream, Error> {
    // There may be none.
    let _ = jetstream.delete_stream("JOBS").await;
    let config = stream::Config {
        name: "JOBS".to_owned(),
        subjects: vec!["jobs.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let jobs = jetstream.create_stream(config).await?;
    for _ in 0..count {
        jetstream.publish("jobs.host", "".into()).await?.await?;
    }
    Ok(jobs)
}

/// A host that is asked. It counts how many ask at once: here the limit holds
/// or does not, whatever the workers believe.
#[derive(Debug)]
pub struct Host {
    asking: AtomicUsize,
    most: watch::Sender<usize>,
    hold: usize,
}

impl Host {
    /// Returns a host that answers when it has seen `hold` requests at once, or
    /// after a second: so whoever may ask at once does.
    pub fn new(hold: usize) -> Self {
        let (most, _) = watch::channel(0);
        Host { asking: AtomicUsize::new(0), most, hold }
    }

    async fn ask(&self) {
        let asking = self.asking.fetch_add(1, SeqCst) + 1;
        self.most.send_modify(|most| *most = asking.max(*most));
        let mut most = self.most.subscribe();
        let all = most.wait_for(|most| *most >= self.hold);
        // Too few in a second: that is an answer, too.
        let _ = timeout(Duration::from_secs(1), all).await;
        sleep(Duration::from_millis(2)).await;
        self.asking.fetch_sub(1, SeqCst);
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
