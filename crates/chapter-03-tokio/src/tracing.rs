//! An event is data, not a sentence: it has fields, and it happens inside of spans that have fields
//! too.
//!
//! What is kept of it is the program's choice, or that of who runs it. An `EnvFilter` reads the
//! environment variable `RUST_LOG`; unlike `Targets` it can also ask for a field of a span, as in
//! `RUST_LOG='warn,[order{id=2}]=debug'`:
//!
//! ```
//! use tracing_subscriber::EnvFilter;
//!
//! let filter = EnvFilter::from_default_env();
//! tracing_subscriber::fmt().with_env_filter(filter).init();
//! ```

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt};

use futures::future::join_all;
use serde_json::{Map, Value, json};
use tokio::time::sleep;
use tracing::field::{Empty, Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Span, Subscriber, debug, error, info};
// The same as `tracing::instrument`.
use tracing_attributes::instrument;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

// ANCHOR: fields
/// Makes a drink.
#[instrument(skip(bar), fields(ml = Empty), err)]
pub async fn order(bar: &Bar, id: u32, drink: &str) -> Result<(), NotEnoughMilk> {
    grind(9).await;
    let ml = milk_for(drink);
    if ml > 0 {
        Span::current().record("ml", ml);
        steam(bar, ml).await?;
    }
    info!("served");
    Ok(())
}

#[instrument]
async fn grind(grams: u32) {
    sleep(STEP).await;
    debug!("ground");
}

#[instrument(skip(bar))]
async fn steam(bar: &Bar, ml: u32) -> Result<(), NotEnoughMilk> {
    let left_ml = bar.take_milk(ml)?;
    sleep(2 * STEP).await;
    debug!(left_ml, "steamed");
    Ok(())
}
// ANCHOR_END: fields

// ANCHOR: words
/// Makes a drink, and tells about it in sentences.
pub async fn order_in_words(bar: &Bar, id: u32, drink: &str) -> Result<(), NotEnoughMilk> {
    info!("order {id}: one {drink}");
    sleep(STEP).await;
    info!("ground 9 g");
    let ml = milk_for(drink);
    if ml > 0 {
        let left_ml = bar.take_milk(ml).inspect_err(|error| error!("{error}"))?;
        sleep(2 * STEP).await;
        info!("steamed, {left_ml} ml left");
    }
    info!("served");
    Ok(())
}
// ANCHOR_END: words

const STEP: Duration = Duration::from_millis(20);

fn milk_for(drink: &str) -> u32 {
    match drink {
        "latte" => 200,
        "flat white" => 120,
        _ => 0,
    }
}

/// Where drinks are made.
#[derive(Debug)]
pub struct Bar {
    milk_ml: Mutex<u32>,
}

impl Bar {
    /// A bar with so much milk.
    pub fn new(milk_ml: u32) -> Self {
        Bar { milk_ml: Mutex::new(milk_ml) }
    }

    /// Takes milk out. Returns how much is left.
    fn take_milk(&self, ml: u32) -> Result<u32, NotEnoughMilk> {
        let mut milk = self.milk_ml.lock().unwrap_or_else(PoisonError::into_inner);
        *milk = milk.checked_sub(ml).ok_or(NotEnoughMilk { left_ml: *milk })?;
        Ok(*milk)
    }
}

/// A drink that could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEnoughMilk {
    /// What is there.
    pub left_ml: u32,
}

impl fmt::Display for NotEnoughMilk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not enough milk, {} ml left", self.left_ml)
    }
}

impl Error for NotEnoughMilk {}

// ANCHOR: journal
/// A layer that keeps every event as data: its own fields, and those of the spans around it.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    events: Arc<Mutex<Vec<Map<String, Value>>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Journal {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
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
        all.0.insert("level".to_owned(), json!(event.metadata().level().as_str()));
        let spans = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        for span in spans {
            if let Some(fields) = span.extensions().get::<Fields>() {
                all.0.extend(fields.0.clone());
            }
        }
        event.record(&mut all);
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(all.0);
    }
}
// ANCHOR_END: journal

impl Journal {
    /// The events so far.
    pub fn events(&self) -> Vec<Map<String, Value>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Fields by name. Numbers stay numbers.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

// ANCHOR: layers
/// Three layers see the same events and spans: the timeline, lines for people, and the journal.
fn layers(filter: &Targets, journal: &Journal) -> impl Subscriber + Send + Sync + use<> {
    let lines = tracing_subscriber::fmt::layer().without_time().with_target(false).with_ansi(false);
    tracing_subscriber::registry()
        .with(lessons::Recorder)
        .with(lines.with_filter(filter.clone()))
        .with(journal.clone().with_filter(filter.clone()))
}
// ANCHOR_END: layers

const DRINKS: [(u32, &str); 3] = [(1, "espresso"), (2, "latte"), (3, "latte")];
const MILK: u32 = 300;

/// Makes three drinks at once, told in words and in fields, and asks what happened.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let filter = match env::var("RUST_LOG") {
        Ok(directives) => directives.parse()?,
        Err(_) => Targets::new().with_default(Level::INFO),
    };

    println!("three orders at once, told in words");
    let (bar, journal) = (Bar::new(MILK), Journal::default());
    let orders = join_all(DRINKS.map(|(id, drink)| order_in_words(&bar, id, drink)));
    orders.with_subscriber(layers(&filter, &journal)).await;
    answer(&journal);

    println!("\ntold in fields");
    let (bar, journal) = (Bar::new(MILK), Journal::default());
    let timeline = lessons::timeline("the same spans as a timeline");
    let orders = join_all(DRINKS.map(|(id, drink)| order(&bar, id, drink)));
    orders.with_subscriber(layers(&filter, &journal)).await;
    answer(&journal);
    println!();
    timeline.draw();

    println!("\nfilter                                events   with the order's id");
    for filter in ["info", "debug", "warn", "warn,chapter_03_tokio::tracing=debug"] {
        let (bar, journal) = (Bar::new(MILK), Journal::default());
        let kept = tracing_subscriber::registry()
            .with(journal.clone().with_filter(filter.parse::<Targets>()?));
        join_all(DRINKS.map(|(id, drink)| order(&bar, id, drink))).with_subscriber(kept).await;
        let events = journal.events();
        let known = events.iter().filter(|event| event.contains_key("id")).count();
        println!("  {filter:<37} {:>4} {known:>21}", events.len());
    }
    Ok(())
}

/// Asks the journal which order failed.
fn answer(journal: &Journal) {
    for event in journal.events().into_iter().filter(|event| event["level"] == "ERROR") {
        let id = event.get("id").map_or("it does not say".to_owned(), Value::to_string);
        println!("as data:\n  {}\nwhich order failed: {id}", Value::Object(event));
    }
}

#[cfg(test)]
mod tests;
