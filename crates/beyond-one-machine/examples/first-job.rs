//! Puts a job into a queue, and takes it out.

// ANCHOR: program
use async_nats::jetstream::{self, consumer::pull, stream};
use futures::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let client = async_nats::connect(std::env::var("NATS_URL")?).await?;
    let jetstream = jetstream::new(client);
    let jobs = stream::Config {
        name: "JOBS".into(),
        subjects: vec!["jobs".into()],
        retention: stream::RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let workers = pull::Config {
        durable_name: Some("workers".into()),
        ..Default::default()
    };
    let jobs = jetstream.get_or_create_stream(jobs).await?;
    let workers = jobs.get_or_create_consumer("workers", workers).await?;
    jetstream.publish("jobs", "index.html".into()).await?.await?;
    let mut pulled = workers.fetch().max_messages(1).messages().await?;
    let job = pulled.next().await.ok_or("no job")??;
    println!("fetch {}", String::from_utf8_lossy(&job.payload));
    job.double_ack().await
}
// ANCHOR_END: program
