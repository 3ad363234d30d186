//! A worker that needs longer says so, and a job that never succeeds is given
//! up.

// ANCHOR: program
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound;
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::jetstream::{self, AckKind, Context, Message};
use async_nats::{ConnectOptions, Error};
use futures::StreamExt;
use own_nats::Server;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::interval;

// ANCHOR: silent
/// Works on a job and says nothing until it is done.
pub async fn in_silence(
    job: &Message,
    work: impl Future<Output = ()>,
) -> Result<(), Error> {
    work.await;
    job.double_ack().await
}
// ANCHOR_END: silent

// ANCHOR: progress
/// Works on a job, and says at once, and then after each `every`, that it is at
/// it.
pub async fn with_progress(
    job: &Message,
    work: impl Future<Output = ()>,
    every: Duration,
) -> Result<(), Error> {
    let mut work = pin!(work);
    let mut ticks = interval(every);
    loop {
        tokio::select! {
            () = &mut work => return job.double_ack().await,
            _ = ticks.tick() => job.ack_with(AckKind::Progress).await?,
        }
    }
}
// ANCHOR_END: progress

// ANCHOR: attempt
/// Pulls jobs until none is left, or until `most` were pulled. Gives back those
/// that cannot be done. Returns how many it pulled.
pub async fn attempt(
    jetstream: &Context,
    consumer: &PullConsumer,
    most: u32,
) -> Result<u32, Error> {
    let jobs = jetstream.get_stream("JOBS").await?;
    let mut pulled = 0;
    while pulled < most && jobs.get_info().await?.state.messages > 0 {
        let Some(job) = next(consumer).await? else {
            give_up(jetstream).await?;
            continue;
        };
        pulled += 1;
        match std::str::from_utf8(&job.payload)?.parse::<u32>() {
            Ok(_) => job.double_ack().await?,
            Err(_) => job.double_ack_with(AckKind::Nak(None)).await?,
        }
    }
    Ok(pulled)
}
// ANCHOR_END: attempt

// ANCHOR: give_up
/// Moves each job that was delivered as often as allowed to a stream of its
/// own. The server has said which: its advisories are in the stream GIVEN_UP.
pub async fn give_up(jetstream: &Context) -> Result<(), Error> {
    let jobs = jetstream.get_stream("JOBS").await?;
    let advisories = jetstream.get_stream("GIVEN_UP").await?;
    let advisories = advisories.get_consumer("undertaker").await?;
    while let Some(advisory) = next(&advisories).await? {
        let said: Value = serde_json::from_slice(&advisory.payload)?;
        let number = said["stream_seq"].as_u64().ok_or("no sequence")?;
        match jobs.get_raw_message(number).await {
            Ok(job) => {
                // If we die between the two steps, the next attempt publishes
                // it again: with an id it is stored once.
                let poison = PublishMessage::build().payload(job.payload);
                let poison = poison.message_id(format!("poison-{number}"));
                jetstream.send_publish("poison", poison).await?.await?;
                jobs.delete_message(number).await?;
            }
            // An advisory that comes twice finds no job the second time.
            Err(gone) if gone.kind() == NoMessageFound => {}
            Err(error) => return Err(error.into()),
        }
        advisory.double_ack().await?;
    }
    Ok(())
}
// ANCHOR_END: give_up

/// Lets three workers have one long job, then one worker a job that fails.
#[tokio::main]
pub async fn main() -> Result<(), Error> {
    let server = Server::start_or_exit();
    let options = ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options.connect(server.url()).await?);
    let wait = Duration::from_millis(150);

    println!("one job that takes longer than four ack waits, three workers");
    for (name, progress) in [("in silence", None), ("progress", Some(wait / 5))]
    {
        let times = long_job(&jetstream, wait, progress).await?;
        println!("  {name:<24}deliveries: {times}");
    }

    println!("\nfive jobs, and one of them cannot be done");
    for (name, most) in [("no max_deliver", -1), ("max_deliver: 3", 3)] {
        let (pulled, left, poison) = poisoned(&jetstream, most).await?;
        println!(
            "  {name:<24}pulled {pulled:>2} times, {left} left, \
             {poison} given up"
        );
    }
    Ok(())
}

/// Opens a new stream of jobs.
async fn open(jetstream: &Context) -> Result<stream::Stream, Error> {
    for old in ["JOBS", "GIVEN_UP", "POISON"] {
        // There may be none.
        let _ = jetstream.delete_stream(old).await;
    }
    let jobs = stream::Config {
        name: "JOBS".to_owned(),
        subjects: vec!["jobs.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    Ok(jetstream.create_stream(jobs).await?)
}

/// A consumer of the messages with this subject.
fn consumer(subject: &str, ack_wait: Duration) -> pull::Config {
    pull::Config {
        durable_name: Some(subject.replace('.', "-")),
        filter_subject: subject.to_owned(),
        ack_wait,
        ..Default::default()
    }
}

/// Returns the next message of a consumer, if one comes soon.
async fn next(consumer: &PullConsumer) -> Result<Option<Message>, Error> {
    let pull = consumer.batch().max_messages(1);
    let mut pulled =
        pull.expires(Duration::from_millis(250)).messages().await?;
    pulled.next().await.transpose()
}

/// Gives a job to three workers that lasts until another one, which nobody
/// speaks for, has been delivered five times: so four ack waits have passed.
/// Returns how often the long one was delivered.
pub async fn long_job(
    jetstream: &Context,
    ack_wait: Duration,
    progress: Option<Duration>,
) -> Result<u64, Error> {
    let jobs = open(jetstream).await?;
    let long = jobs.create_consumer(consumer("jobs.long", ack_wait)).await?;
    let clock = jobs.create_consumer(consumer("jobs.clock", ack_wait)).await?;
    let delivered = Arc::new(AtomicU64::new(0));
    let (over, is_over) = watch::channel(false);
    jetstream.publish("jobs.long", "".into()).await?.await?;
    jetstream.publish("jobs.clock", "".into()).await?.await?;

    let mut workers = JoinSet::<Result<(), Error>>::new();
    for _ in 0..3 {
        let (long, mut is_over) = (long.clone(), is_over.clone());
        let delivered = delivered.clone();
        workers.spawn(async move {
            while !*is_over.borrow() {
                let Some(job) = next(&long).await? else { continue };
                delivered.fetch_add(1, Relaxed);
                let work = async {
                    // It fails only if the sender is gone: over as well.
                    let _ = is_over.wait_for(|over| *over).await;
                };
                match progress {
                    None => in_silence(&job, work).await?,
                    Some(every) => with_progress(&job, work, every).await?,
                }
            }
            Ok(())
        });
    }
    loop {
        let Some(tick) = next(&clock).await? else { continue };
        // One may have been on its way to a pull that had just expired.
        if tick.info()?.delivered >= 5 {
            break tick.double_ack().await?;
        }
    }
    over.send(true)?;
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(delivered.load(Relaxed))
}

/// Publishes five jobs of which one is poison, and attempts them. Returns how
/// many were pulled, are left, and were given up.
pub async fn poisoned(
    jetstream: &Context,
    max_deliver: i64,
) -> Result<(u32, u64, u64), Error> {
    let jobs = open(jetstream).await?;
    let advisories = stream::Config {
        name: "GIVEN_UP".to_owned(),
        subjects: vec![
            "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.JOBS.*".to_owned(),
        ],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let undertaker = pull::Config {
        durable_name: Some("undertaker".to_owned()),
        ..Default::default()
    };
    let advisories = jetstream.create_stream(advisories).await?;
    advisories.create_consumer(undertaker).await?;
    let poison = stream::Config {
        name: "POISON".to_owned(),
        subjects: vec!["poison".to_owned()],
        ..Default::default()
    };
    let poison = jetstream.create_stream(poison).await?;

    for job in ["1", "2", "three", "4", "5"] {
        jetstream.publish("jobs.small", job.into()).await?.await?;
    }
    let workers = pull::Config {
        max_deliver,
        ..consumer("jobs.small", Duration::from_secs(5))
    };
    let workers = jobs.create_consumer(workers).await?;
    let pulled = attempt(jetstream, &workers, 50).await?;
    let left = jobs.get_info().await?.state.messages;
    Ok((pulled, left, poison.get_info().await?.state.messages))
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
