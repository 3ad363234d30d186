//! Requests that are cheap together wait for each other, a little.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, info_span};

// ANCHOR: one_by_one
/// A call for each text: whoever comes later waits for all that came before.
pub async fn one_by_one(
    model: &Mutex<Model>,
    text: String,
) -> Result<usize, Refused> {
    let mut model = model.lock().await;
    model.rate(&[text]).await.map(|ratings| ratings[0])
}
// ANCHOR_END: one_by_one

// ANCHOR: request
/// A text on its way, and where its rating goes.
#[derive(Debug)]
pub struct Request {
    text: String,
    asked: Instant,
    answer: oneshot::Sender<Result<usize, Refused>>,
}

/// The callers' handle. They ask for one text each and see nothing of batches.
#[derive(Clone, Debug)]
pub struct Batcher(mpsc::Sender<Request>);

impl Batcher {
    /// Sends a text; its rating will be received.
    pub async fn send(
        &self,
        text: String,
    ) -> oneshot::Receiver<Result<usize, Refused>> {
        let (answer, rating) = oneshot::channel();
        let request = Request { text, asked: Instant::now(), answer };
        // If nobody takes the request, `answer` is dropped here, and the
        // receiver says so.
        let _ = self.0.send(request).await;
        rating
    }

    /// Rates one text.
    pub async fn rate(&self, text: String) -> Result<usize, Refused> {
        let rating = self.send(text).await;
        rating
            .await
            .unwrap_or_else(|_| Err(Refused("nobody answers anymore".into())))
    }
}
// ANCHOR_END: request

// ANCHOR: gather
/// The bounds of a batch, by size and by time.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// This many requests are enough.
    pub most: usize,
    /// No request waits longer than this for others to come.
    pub longest: Duration,
}

/// The next batch: full by size or by time, whichever comes first. `None` when
/// no more can come.
pub async fn gather(
    requests: &mut mpsc::Receiver<Request>,
    limits: BatchLimits,
) -> Option<Vec<Request>> {
    let first = requests.recv().await?;
    // Counted from the moment at which it was asked, not from now: it may have
    // waited already.
    let deadline = first.asked + limits.longest;
    let mut batch = vec![first];
    while batch.len() < limits.most {
        match timeout_at(deadline, requests.recv()).await {
            Ok(Some(request)) => batch.push(request),
            // All callers have gone, or time is up: then this is the batch.
            Ok(None) | Err(_) => break,
        }
    }
    Some(batch)
}
// ANCHOR_END: gather

// ANCHOR: serve
/// A call of the model, as it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// How many texts it had.
    pub texts: usize,
    /// How long the oldest of them had waited.
    pub waited: Duration,
}

/// Calls the model for batches of what is asked, until all callers have gone.
/// Returns its calls.
pub async fn serve(
    mut model: Model,
    mut requests: mpsc::Receiver<Request>,
    limits: BatchLimits,
) -> Vec<Batch> {
    let mut batches = Vec::new();
    while let Some(mut batch) = gather(&mut requests, limits).await {
        // Some may have stopped waiting.
        batch.retain(|request| !request.answer.is_closed());
        let Some(waited) =
            batch.iter().map(|request| request.asked.elapsed()).max()
        else {
            continue;
        };
        batches.push(Batch { texts: batch.len(), waited });
        let (texts, callers): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|request| (request.text, request.answer))
            .unzip();
        let call = info_span!("call", texts = texts.len());
        let ratings = model.rate(&texts).instrument(call).await;
        for (nth, caller) in callers.into_iter().enumerate() {
            // An error says that this one has gone meanwhile.
            let _ = caller.send(
                ratings.as_ref().map(|all| all[nth]).map_err(Refused::clone),
            );
        }
    }
    batches
}
// ANCHOR_END: serve

/// Starts a model behind a batcher. The task ends, with its calls, when the
/// last handle is dropped.
pub fn batched(limits: BatchLimits) -> (Batcher, JoinHandle<Vec<Batch>>) {
    // Bounded: when the model is far behind, callers wait to be let in.
    let (sender, requests) = mpsc::channel(4 * limits.most);
    (Batcher(sender), tokio::spawn(serve(Model::default(), requests, limits)))
}

/// A call for each text, then batches, then a batch with a text that the model
/// refuses.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let limits = BatchLimits { most: 6, longest: Duration::from_millis(15) };
    println!(
        "a call takes {} ms, however many texts it is given\n",
        CALL.as_millis()
    );

    let timeline = timeline::timeline("a call each: they queue");
    let model = Arc::new(Mutex::new(Model::default()));
    let took = stage::arrive(|text| {
        let model = Arc::clone(&model);
        async move { one_by_one(&model, text).await }
    })
    .await;
    timeline.draw();
    println!("  {} calls, {} ms\n", model.lock().await.calls, took.as_millis());

    let (most, longest) = (limits.most, limits.longest.as_millis());
    let title =
        format!("batches of at most {most}, gathered for at most {longest} ms");
    let timeline = timeline::timeline(title);
    let (batcher, serving) = batched(limits);
    let took = stage::arrive(move |text| {
        let batcher = batcher.clone();
        async move { batcher.rate(text).await }
    })
    .await;
    let batches = serving.await?;
    timeline.draw();
    println!("  {} calls, {} ms", batches.len(), took.as_millis());
    for Batch { texts, waited } in batches {
        let why = if texts == most { "full by size" } else { "full by time" };
        println!(
            "    {texts} texts, the oldest had waited {:>2} ms: {why}",
            waited.as_millis()
        );
    }

    println!("\nbatches of 3, and a text that the model refuses:");
    stage::refuse(BatchLimits { most: 3, ..limits }).await;
    Ok(())
}

mod stage;
pub use stage::{CALL, Model, Refused};

#[cfg(test)]
mod tests;
