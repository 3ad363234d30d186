//! A layer sees the events and spans that its filter keeps.
//!
//! An `EnvFilter` reads the environment variable `RUST_LOG`. Unlike `Targets`
//! it can also ask for a field of a span, as in
//! `RUST_LOG='warn,[order{id=2}]=debug'`:
//!
//! ```
//! use tracing_subscriber::EnvFilter;
//!
//! let filter = EnvFilter::from_default_env();
//! tracing_subscriber::fmt().with_env_filter(filter).init();
//! ```

// ANCHOR: program
use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Map, Value, json};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, debug, error, info};
use tracing_attributes::instrument;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

// ANCHOR: layers
/// Three layers see the same events and spans: the timeline, lines for people,
/// and the event log.
fn layers(
    filter: &Targets,
    log: &EventLog,
) -> impl Subscriber + Send + Sync + use<> {
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(timeline::layer())
        .with(lines.with_filter(filter.clone()))
        .with(log.clone().with_filter(filter.clone()))
}
// ANCHOR_END: layers

// ANCHOR: event_log
/// A layer that keeps every event as data: its own fields, and those of the
/// spans around it.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    events: Arc<Mutex<Vec<Map<String, Value>>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for EventLog {
    fn on_new_span(
        &self,
        attributes: &Attributes<'_>,
        id: &Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it was just made");
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("somebody holds it");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut all = Fields::default();
        all.0.insert(
            "level".to_owned(),
            json!(event.metadata().level().as_str()),
        );
        let spans = context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root());
        for span in spans {
            if let Some(fields) = span.extensions().get::<Fields>() {
                all.0.extend(fields.0.clone());
            }
        }
        event.record(&mut all);
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(all.0);
    }
}
// ANCHOR_END: event_log

/// Three orders at once, seen by three layers; then by the event log alone, in
/// words, and behind four filters.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    println!("lines for people");
    let log = EventLog::default();
    let timeline = timeline::timeline("the timeline");
    three_orders().with_subscriber(layers(&"info".parse()?, &log)).await;
    println!();
    timeline.draw();

    println!("\nthe event log: which order failed?");
    print_failed(&log);
    println!("the same orders, told in words");
    print_failed(&logged(LevelFilter::INFO, three_orders_in_words()).await);

    let here = format!("warn,{}=debug", module_path!());
    println!("\n  {:<37}events  with the order's id", "filter");
    for filter in ["info", "debug", "warn", &here] {
        let events =
            logged(filter.parse::<Targets>()?, three_orders()).await.events();
        let known =
            events.iter().filter(|event| event.contains_key("id")).count();
        println!("  {filter:<37}{:>6}{known:>21}", events.len());
    }
    Ok(())
}

/// Awaits a future, and logs the events in it that the filter keeps.
pub async fn logged(
    filter: impl Filter<Registry> + Send + Sync + 'static,
    future: impl Future,
) -> EventLog {
    let log = EventLog::default();
    let layer = log.clone().with_filter(filter);
    future.with_subscriber(tracing_subscriber::registry().with(layer)).await;
    log
}

fn print_failed(log: &EventLog) {
    for event in
        log.events().into_iter().filter(|event| event["level"] == "ERROR")
    {
        let id = event
            .get("id")
            .map_or("it does not say".to_owned(), Value::to_string);
        println!("  {id}: {}", Value::Object(event));
    }
}

impl EventLog {
    /// The events so far.
    pub fn events(&self) -> Vec<Map<String, Value>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Fields by name. Numbers stay numbers.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

/// Three orders at once: an espresso, and two lattes, with milk for one.
async fn three_orders() {
    let milk = Mutex::new(300);
    join_all(DRINKS.map(|(id, drink)| order(&milk, id, drink))).await;
}

/// The same, told in words.
async fn three_orders_in_words() {
    let milk = Mutex::new(300);
    join_all(DRINKS.map(|(id, drink)| order_in_words(&milk, id, drink))).await;
}

const DRINKS: [(u32, &str); 3] = [(1, "espresso"), (2, "latte"), (3, "latte")];
const STEP: Duration = Duration::from_millis(20);

/// Makes a drink, which takes milk if it is a latte.
#[instrument(skip(milk), err)]
async fn order(
    milk: &Mutex<u32>,
    id: u32,
    drink: &str,
) -> Result<(), NotEnoughMilk> {
    sleep(STEP).await;
    debug!("ground");
    if drink == "latte" {
        let left_ml = take_milk(milk)?;
        sleep(2 * STEP).await;
        debug!(left_ml, "steamed");
    }
    info!("served");
    Ok(())
}

/// Makes a drink, and logs sentences.
async fn order_in_words(milk: &Mutex<u32>, id: u32, drink: &str) {
    info!("order {id}: one {drink}");
    sleep(STEP).await;
    if drink == "latte" {
        match take_milk(milk) {
            Ok(left_ml) => info!("steamed, {left_ml} ml left"),
            Err(error) => return error!("{error}"),
        }
    }
    info!("served");
}

fn take_milk(milk: &Mutex<u32>) -> Result<u32, NotEnoughMilk> {
    let mut milk = milk.lock().unwrap_or_else(PoisonError::into_inner);
    *milk = milk.checked_sub(200).ok_or(NotEnoughMilk { left_ml: *milk })?;
    Ok(*milk)
}

/// A latte that could not be made.
#[derive(Debug)]
struct NotEnoughMilk {
    left_ml: u32,
}

impl fmt::Display for NotEnoughMilk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not enough milk, {} ml left", self.left_ml)
    }
}

impl Error for NotEnoughMilk {}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
