//! At least once is sometimes twice: let the second time change nothing.

// ANCHOR: program
use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{ConnectOptions, Error};
use futures::StreamExt;
use own_nats::Server;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

// ANCHOR: books
/// The same payments, noted in two ways.
#[derive(Debug, Default)]
pub struct Books {
    /// The wrong way: what was delivered, added up.
    pub added: u64,
    /// The right way: what was paid, by the payment's own name.
    pub by_key: BTreeMap<String, u64>,
}

impl Books {
    /// Notes a payment that was delivered.
    pub fn note(&mut self, payment: &Message) -> Result<(), Error> {
        let amount = std::str::from_utf8(&payment.payload)?.parse::<u64>()?;
        self.added += amount;
        self.by_key.insert(payment.subject.to_string(), amount);
        Ok(())
    }
}
// ANCHOR_END: books

// ANCHOR: keep
/// Notes each payment that is delivered, until none is left. The first time
/// that the payment `lost` comes, its acknowledgment is lost.
pub async fn keep_books(
    jetstream: &Context,
    lost: &str,
) -> Result<Books, Error> {
    let consumer = open(jetstream).await?;
    let payments = jetstream.get_stream("PAYMENTS").await?;
    let mut books = Books::default();
    while payments.get_info().await?.state.messages > 0 {
        let payment = next(&consumer).await?;
        books.note(&payment)?;
        if payment.subject.as_str() != lost || payment.info()?.delivered > 1 {
            payment.double_ack().await?;
        }
    }
    Ok(books)
}
// ANCHOR_END: keep

// ANCHOR: publish
/// Publishes a payment, and says whether the server has it already: it then
/// stores it no second time.
pub async fn pay(
    jetstream: &Context,
    subject: &'static str,
    id: Option<&str>,
) -> Result<bool, Error> {
    let mut payment = PublishMessage::build().payload("10".into());
    if let Some(id) = id {
        // The header `Nats-Msg-Id`.
        payment = payment.message_id(id);
    }
    let stored = jetstream.send_publish(subject, payment).await?.await?;
    Ok(stored.duplicate)
}
// ANCHOR_END: publish

// ANCHOR: gone
/// A worker that handles one payment and is gone: its thread, its runtime and
/// its connection end when it has acknowledged. `twice` waits until the server
/// confirms that.
async fn worker_gone(
    options: ConnectOptions,
    url: String,
    twice: bool,
) -> Result<(), Error> {
    let worker = async move {
        let jetstream = jetstream::new(options.connect(url).await?);
        let payment = next(&open(&jetstream).await?).await?;
        match twice {
            true => payment.double_ack().await,
            false => payment.ack().await,
        }
    };
    spawn_blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(worker)
    })
    .await?
}
// ANCHOR_END: gone

/// Lets acknowledgments be lost, and publishes twice.
#[tokio::main]
pub async fn main() -> Result<(), Error> {
    let server = Server::start_or_exit();
    let options = || ConnectOptions::with_token(server.token().to_owned());
    let jetstream = jetstream::new(options().connect(server.url()).await?);
    open(&jetstream).await?;

    println!("three payments of 10; the acknowledgment of one is lost");
    for subject in ["payments.1", "payments.2", "payments.3"] {
        pay(&jetstream, subject, None).await?;
    }
    let books = keep_books(&jetstream, "payments.2").await?;
    println!("  added up as delivered   {}", books.added);
    println!(
        "  noted by key            {}",
        books.by_key.values().sum::<u64>()
    );

    println!("\nthe answer of the server is lost, so it is published again");
    println!(
        "  {:<32}{} in the stream",
        "without an id",
        repeated(&jetstream, None).await?
    );
    let kept = repeated(&jetstream, Some("payment 4")).await?;
    println!("  {:<32}{kept} in the stream", "with an id, soon");
    let later = until_forgotten(&jetstream, "payment 4").await?;
    println!("  {:<32}{later} in the stream", "with an id, after the window");

    println!("\na worker is gone as soon as it has acknowledged");
    for (name, twice) in [("ack", false), ("double_ack", true)] {
        purge(&jetstream).await?;
        pay(&jetstream, "payments.5", None).await?;
        worker_gone(options(), server.url(), twice).await?;
        let times = deliveries(&jetstream).await?;
        println!("  {name:<32}deliveries: {times}");
    }
    Ok(())
}

/// The stream of payments. The server knows an id again for `window`.
fn payments(window: Duration) -> stream::Config {
    stream::Config {
        name: "PAYMENTS".to_owned(),
        subjects: vec!["payments.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        duplicate_window: window,
        ..Default::default()
    }
}

/// Opens the stream of payments and its consumer.
pub async fn open(jetstream: &Context) -> Result<PullConsumer, Error> {
    let books = pull::Config {
        durable_name: Some("books".to_owned()),
        ack_wait: Duration::from_millis(200),
        ..Default::default()
    };
    let payments = jetstream.get_or_create_stream(payments(WINDOW)).await?;
    Ok(payments.get_or_create_consumer("books", books).await?)
}

const WINDOW: Duration = Duration::from_millis(500);

/// Waits for the next message of a consumer.
async fn next(consumer: &PullConsumer) -> Result<Message, Error> {
    let pull = consumer.batch().max_messages(1);
    let mut pulled = pull.expires(Duration::from_secs(5)).messages().await?;
    pulled.next().await.ok_or("nothing came in five seconds")?
}

/// Removes all payments.
async fn purge(jetstream: &Context) -> Result<(), Error> {
    jetstream.get_stream("PAYMENTS").await?.purge().await?;
    Ok(())
}

/// How many messages the stream has when a payment was published twice.
pub async fn repeated(
    jetstream: &Context,
    id: Option<&str>,
) -> Result<u64, Error> {
    purge(jetstream).await?;
    pay(jetstream, "payments.4", id).await?;
    pay(jetstream, "payments.4", id).await?;
    let payments = jetstream.get_stream("PAYMENTS").await?;
    Ok(payments.cached_info().state.messages)
}

/// Publishes under an id until the server does not know it any longer. Returns
/// how many messages the stream has then.
pub async fn until_forgotten(
    jetstream: &Context,
    id: &str,
) -> Result<u64, Error> {
    for _ in 0..100 {
        if !pay(jetstream, "payments.4", Some(id)).await? {
            let payments = jetstream.get_stream("PAYMENTS").await?;
            return Ok(payments.cached_info().state.messages);
        }
        sleep(WINDOW / 10).await;
    }
    Err("the server never forgets it".into())
}

/// How often a payment was delivered, when it has been acknowledged at last.
async fn deliveries(jetstream: &Context) -> Result<i64, Error> {
    let payments = jetstream.get_stream("PAYMENTS").await?;
    if payments.cached_info().state.messages == 0 {
        return Ok(1);
    }
    let again = next(&open(jetstream).await?).await?;
    again.double_ack().await?;
    Ok(again.info()?.delivered)
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
