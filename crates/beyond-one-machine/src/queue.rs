//! A job stays in the queue until somebody says that it is done.

// ANCHOR: program
use std::env;
use std::future::pending;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{ConnectOptions, Error};
use futures::StreamExt;
use own_nats::Server;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

// ANCHOR: open
/// Opens the stream of jobs, which loses a job when it is acknowledged, and its
/// consumer, which knows who has which job.
pub async fn open(jetstream: &Context) -> Result<PullConsumer, Error> {
    let jobs = stream::Config {
        name: "JOBS".to_owned(),
        subjects: vec!["jobs".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let workers = pull::Config {
        durable_name: Some("workers".to_owned()),
        ack_wait: Duration::from_millis(200),
        ..Default::default()
    };
    let jobs = jetstream.get_or_create_stream(jobs).await?;
    Ok(jobs.get_or_create_consumer("workers", workers).await?)
}
// ANCHOR_END: open

// ANCHOR: publish
/// Puts a job into the queue, and waits until the server has stored it.
pub async fn publish(jetstream: &Context, job: u32) -> Result<(), Error> {
    let stored = jetstream.publish("jobs", job.to_string().into()).await?;
    stored.await?;
    Ok(())
}
// ANCHOR_END: publish

// ANCHOR: early
/// Says that the job is done, then does it.
pub async fn acknowledge_first(
    jetstream: &Context,
    job: &Message,
) -> Result<(), Error> {
    job.double_ack().await?;
    reached("acknowledged").await;
    store_result(jetstream, job).await?;
    reached("stored").await;
    Ok(())
}
// ANCHOR_END: early

// ANCHOR: late
/// Does the job, stores its result, and only then says that it is done.
pub async fn acknowledge_last(
    jetstream: &Context,
    job: &Message,
) -> Result<(), Error> {
    store_result(jetstream, job).await?;
    reached("stored").await;
    job.double_ack().await?;
    reached("acknowledged").await;
    Ok(())
}
// ANCHOR_END: late

// ANCHOR: work
/// Pulls one job after the other until none is left, and handles each in the
/// `order` it was told.
pub async fn work(jetstream: &Context, order: &str) -> Result<(), Error> {
    let consumer = open(jetstream).await?;
    let jobs = jetstream.get_stream("JOBS").await?;
    while jobs.get_info().await?.state.messages > 0 {
        let pull = consumer.batch().max_messages(1);
        let pull = pull.expires(Duration::from_millis(100));
        let mut pulled = pull.messages().await?;
        while let Some(job) = pulled.next().await {
            let job = job?;
            reached("pulled").await;
            match order {
                "first" => acknowledge_first(jetstream, &job).await?,
                _ => acknowledge_last(jetstream, &job).await?,
            }
        }
    }
    Ok(())
}
// ANCHOR_END: work

/// Works, and keeps the result where all can find it.
async fn store_result(jetstream: &Context, job: &Message) -> Result<(), Error> {
    let number: u64 = std::str::from_utf8(&job.payload)?.parse()?;
    let result = (number * number).to_string();
    let subject = format!("results.{number}");
    jetstream.publish(subject, result.into()).await?.await?;
    Ok(())
}

/// Starts workers, kills each first one at a step of its job, then the server.
#[tokio::main]
pub async fn main() -> Result<(), Error> {
    if let Ok(order) = env::var("WORK") {
        return work(&connect().await?, &order).await;
    }
    let mut server = Server::start_or_exit();
    let options = ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options.connect(server.url()).await?);
    let program = env::current_exe()?;
    let worker = |order: &str| {
        let mut worker = Command::new(&program);
        worker.arg("queue").env("WORK", order);
        worker.env("NATS_URL", server.url()).env("NATS_TOKEN", server.token());
        worker
    };

    println!("three jobs; a worker is killed at its first, another goes on");
    println!("  acknowledged   killed when    results   deliveries");
    for (order, steps) in [
        ("first", ["pulled", "acknowledged", "stored"]),
        ("last", ["pulled", "stored", "acknowledged"]),
    ] {
        for step in steps {
            let Round { results, deliveries } =
                round(&jetstream, step, || worker(order)).await?;
            println!("  {order:<15}{step:<15}{results} of 3{deliveries:>10}");
        }
    }

    println!("\nthree more jobs, and the server is killed");
    open(&jetstream).await?;
    for job in 1..=3 {
        publish(&jetstream, job).await?;
    }
    server.kill();
    server.start_again()?;
    let options = ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options.connect(server.url()).await?);
    let left = jetstream.get_stream("JOBS").await?.get_info().await?;
    println!("  started again, it has {} jobs", left.state.messages);
    Ok(())
}

/// Connects to the server that the environment names, as a worker does.
pub async fn connect() -> Result<Context, Error> {
    let options = ConnectOptions::with_token(env::var("NATS_TOKEN")?);
    let client = options.connect(env::var("NATS_URL")?).await?;
    Ok(jetstream::new(client))
}

/// Tells the parent which step was reached, and stops there, if this worker is
/// the one to be killed at it.
async fn reached(step: &str) {
    if env::var("STOP_AT").is_ok_and(|stop| stop == step) {
        println!("{step}");
        pending().await
    }
}

/// The outcome of three jobs.
#[derive(Debug)]
pub struct Round {
    /// How many of them have a result.
    pub results: u64,
    /// How often a job was handed to a worker.
    pub deliveries: u64,
}

/// Publishes three jobs, kills a worker when it reaches `step` of its first
/// one, and lets another do the rest.
pub async fn round(
    jetstream: &Context,
    step: &str,
    worker: impl Fn() -> Command,
) -> Result<Round, Error> {
    let results = stream::Config {
        name: "RESULTS".to_owned(),
        subjects: vec!["results.*".to_owned()],
        ..Default::default()
    };
    let results = jetstream.get_or_create_stream(results).await?;
    let consumer = open(jetstream).await?;
    for job in 1..=3 {
        publish(jetstream, job).await?;
    }

    let mut killed = worker();
    killed.env("STOP_AT", step).stdout(Stdio::piped()).kill_on_drop(true);
    let mut killed = killed.spawn()?;
    let said = killed.stdout.take().expect("it is piped");
    let mut said = BufReader::new(said).lines();
    // Whatever else it prints first goes through the pipe, too.
    while !said.next_line().await?.ok_or_else(gone)?.ends_with(step) {}
    killed.kill().await?;

    let mut other = worker();
    let ended = other.stdout(Stdio::null()).kill_on_drop(true).status().await?;
    if !ended.success() {
        return Err(gone().into());
    }
    let round = Round {
        results: results.get_info().await?.state.subjects_count,
        deliveries: consumer.get_info().await?.delivered.consumer_sequence,
    };
    jetstream.delete_stream("JOBS").await?;
    jetstream.delete_stream("RESULTS").await?;
    Ok(round)
}

fn gone() -> io::Error {
    io::Error::other("a worker ended that should not have")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
