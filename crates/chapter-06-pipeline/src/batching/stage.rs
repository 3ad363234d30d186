//! The model, and callers who come at their times.

use std::time::Duration;

use futures::future::join_all;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{Instrument, info_span};

use super::{BatchLimits, batched};

// ANCHOR: model
/// The time of a call of the model, however many texts it is given.
pub const CALL: Duration = Duration::from_millis(20);

/// Stands for a model on a graphics card: it takes one call at a time. It rates
/// a text by the number of its words.
#[derive(Debug, Default)]
pub struct Model {
    /// How often it was called.
    pub calls: usize,
}

/// The model refused a call, and with it all of its texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Model {
    /// Rates all texts, in their order, or refuses them all.
    pub async fn rate(
        &mut self,
        texts: &[String],
    ) -> Result<Vec<usize>, Refused> {
        self.calls += 1;
        sleep(CALL).await;
        match texts.iter().position(|text| text.is_empty()) {
            Some(nth) => Err(Refused(format!(
                "text {} of {} is empty",
                nth + 1,
                texts.len()
            ))),
            None => Ok(texts
                .iter()
                .map(|text| text.split_whitespace().count())
                .collect()),
        }
    }
}
// ANCHOR_END: model

/// When each text comes, in milliseconds: seven together, then single ones.
const ARRIVALS: [u64; 11] = [0, 0, 0, 0, 0, 0, 0, 10, 15, 80, 90];

/// Lets the texts arrive and rates each. Returns how long it took until all
/// were rated.
pub(super) async fn arrive<F>(rate: impl Fn(String) -> F) -> Duration
where
    F: Future<Output = Result<usize, Refused>> + Send + 'static,
{
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for (text, at) in (1..).zip(ARRIVALS) {
        let at = start + Duration::from_millis(at);
        sleep_until(at).await;
        callers.spawn(
            rate(format!("text {text}")).instrument(info_span!("rate", text)),
        );
    }
    callers.join_all().await;
    start.elapsed()
}

/// Rates five texts in batches and prints what becomes of each.
pub(super) async fn refuse(limits: BatchLimits) {
    let (batcher, _) = batched(limits);
    let texts = ["to be", "", "or not", "to be at all", "that is"];
    let ratings = texts.map(|text| batcher.rate(text.into()));
    for (text, rating) in texts.iter().zip(join_all(ratings).await) {
        let text = format!("{text:?}");
        match rating {
            Ok(words) => println!("  {text:<14} {words} words"),
            Err(refused) => println!("  {text:<14} {refused}"),
        }
    }
}
