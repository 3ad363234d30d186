//! A bounded stream refuses, and the publisher waits: nothing grows.

// ANCHOR: program
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::stream::{
    self, DiscardPolicy, RetentionPolicy, Stream,
};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, Error};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::ready;
use own_nats::Server;
use tokio::time::sleep;

// ANCHOR: bounded
/// A stream of jobs that holds at most `max_bytes`; -1 is no bound. When it is
/// full, it discards the oldest job or refuses the new one.
pub fn jobs(max_bytes: i64, discard: DiscardPolicy) -> stream::Config {
    stream::Config {
        name: "JOBS".to_owned(),
        subjects: vec!["jobs".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        max_bytes,
        discard,
        ..Default::default()
    }
}
// ANCHOR_END: bounded

// ANCHOR: flood
/// Publishes `count` jobs while nobody works. Returns how many were accepted.
pub async fn flood(jetstream: &Context, count: u32) -> Result<u32, Error> {
    let mut accepted = 0;
    for _ in 0..count {
        match jetstream.publish("jobs", payload()).await?.await {
            Ok(_) => accepted += 1,
            Err(refusal) if is_full(&refusal) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(accepted)
}
// ANCHOR_END: flood

// ANCHOR: patient
/// Publishes `count` jobs, each again and again until the stream has room.
/// Returns how often it was refused.
pub async fn patiently(jetstream: &Context, count: u32) -> Result<u32, Error> {
    let mut refused = 0;
    for _ in 0..count {
        let mut pause = Duration::from_millis(1);
        while let Err(refusal) =
            jetstream.publish("jobs", payload()).await?.await
        {
            if !is_full(&refusal) {
                return Err(refusal.into());
            }
            refused += 1;
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
    Ok(refused)
}
// ANCHOR_END: patient

// ANCHOR: held
/// How many jobs each of two workers gets, one after the other, when each asks
/// for `batch` and neither acknowledges.
pub async fn held(
    consumer: &PullConsumer,
    batch: usize,
    expires: Duration,
) -> Result<[usize; 2], Error> {
    let mut held = [0, 0];
    for held in &mut held {
        let pull = consumer.batch().max_messages(batch).expires(expires);
        let pulled = pull.messages().await?;
        *held = pulled.filter(|job| ready(job.is_ok())).count().await;
    }
    Ok(held)
}
// ANCHOR_END: held

/// Floods three streams, then publishes patiently, then pulls in batches.
#[tokio::main]
pub async fn main() -> Result<(), Error> {
    let server = Server::start_or_exit();
    let options = ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options.connect(server.url()).await?);

    println!("500 jobs of a kilobyte are published, and nobody works");
    println!("  the stream                accepted   it has   KiB");
    for (name, config) in [
        ("has no bound", jobs(-1, DiscardPolicy::Old)),
        ("64 KiB, discards the old", jobs(BOUND, DiscardPolicy::Old)),
        ("64 KiB, refuses the new", jobs(BOUND, DiscardPolicy::New)),
    ] {
        let mut stream = anew(&jetstream, config).await?;
        let accepted = flood(&jetstream, 500).await?;
        let has = &stream.info().await?.state;
        let (messages, kib) = (has.messages, has.bytes / 1024);
        println!("  {name:<26}{accepted:>8}{messages:>9}{kib:>6}");
    }

    println!("\nthe last one, with a worker, and a publisher that waits");
    let stream = anew(&jetstream, jobs(BOUND, DiscardPolicy::New)).await?;
    // It is full before the worker begins.
    let already = flood(&jetstream, 100).await?;
    let (done, (refused, most)) = tokio::try_join!(
        all_done(&stream, 500),
        observed(&jetstream, &stream, 500 - already)
    )?;
    println!("  {done} of 500 done, the publisher was refused {refused} times");
    println!("  at most {} KiB in the stream", most / 1024);

    println!("\ntwo workers pull from 200 jobs, and acknowledge none yet");
    for (max_ack_pending, batch) in [(1000, 200), (1000, 5), (8, 200), (8, 5)] {
        let stream = anew(&jetstream, jobs(-1, DiscardPolicy::Old)).await?;
        flood(&jetstream, 200).await?;
        let wait = Duration::from_secs(30);
        let consumer = workers(&stream, max_ack_pending, wait).await?;
        let expires = Duration::from_millis(250);
        let [one, other] = held(&consumer, batch, expires).await?;
        println!(
            "  max_ack_pending {max_ack_pending:>4}, batches of {batch:>3}: \
             {one:>3} and {other}"
        );
    }
    Ok(())
}

const BOUND: i64 = 64 * 1024;

fn payload() -> Bytes {
    Bytes::from_static(&[b'x'; 1024])
}

/// Whether the server has refused a job because the stream is full.
fn is_full(refusal: &jetstream::context::PublishError) -> bool {
    let said = std::error::Error::source(refusal).map(ToString::to_string);
    said.is_some_and(|said| said.contains("maximum bytes exceeded"))
}

/// An empty stream of jobs, in the place of one that may be there.
pub async fn anew(
    jetstream: &Context,
    config: stream::Config,
) -> Result<Stream, Error> {
    // There may be none.
    let _ = jetstream.delete_stream(&config.name).await;
    Ok(jetstream.create_stream(config).await?)
}

/// The consumer of the workers, who together hold at most `max_ack_pending`
/// jobs.
pub async fn workers(
    stream: &Stream,
    max_ack_pending: i64,
    ack_wait: Duration,
) -> Result<PullConsumer, Error> {
    let workers = pull::Config {
        durable_name: Some("workers".to_owned()),
        ack_wait,
        max_ack_pending,
        ..Default::default()
    };
    Ok(stream.create_consumer(workers).await?)
}

/// A worker: pulls twenty jobs at a time and does them, until `count` are done.
pub async fn all_done(stream: &Stream, count: u32) -> Result<u32, Error> {
    // A job that is sent to a pull that has just expired comes again soon.
    let consumer = workers(stream, 1000, Duration::from_secs(1)).await?;
    let mut done = 0;
    while done < count {
        let pull = consumer.batch().max_messages(20);
        let pull = pull.expires(Duration::from_millis(100));
        let mut pulled = pull.messages().await?;
        while let Some(job) = pulled.next().await {
            job?.double_ack().await?;
            done += 1;
        }
    }
    Ok(done)
}

/// Publishes patiently. Returns how often it was refused, and the most bytes
/// the stream had on the way.
pub async fn observed(
    jetstream: &Context,
    stream: &Stream,
    count: u32,
) -> Result<(u32, u64), Error> {
    let (mut refused, mut most) = (0, stream.get_info().await?.state.bytes);
    for _ in 0..count {
        refused += patiently(jetstream, 1).await?;
        most = most.max(stream.get_info().await?.state.bytes);
    }
    Ok((refused, most))
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
