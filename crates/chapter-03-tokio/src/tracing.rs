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
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::cell::Cell;
    use tokio::runtime::Builder;
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::layer::Filter;
    use tracing_subscriber::registry::Registry;
    use witness::within;

    type Fields = Map<String, Value>;

    /// What a journal behind `filter` keeps of a future.
    fn kept<F: Future>(
        filter: impl Filter<Registry> + Send + Sync + 'static,
        future: impl FnOnce() -> F + Send + 'static,
    ) -> Vec<Fields> {
        within(Duration::from_secs(60), || {
            let journal = Journal::default();
            let layer = journal.clone().with_filter(filter);
            let tokio = Builder::new_current_thread().enable_time().start_paused(true).build();
            let subscriber = tracing_subscriber::registry().with(layer);
            tokio.expect("a runtime").block_on(future().with_subscriber(subscriber));
            journal.events()
        })
    }

    fn targets(directives: &str) -> Targets {
        directives.parse().expect("directives")
    }

    async fn three_orders() {
        let bar = Bar::new(MILK);
        join_all(DRINKS.map(|(id, drink)| order(&bar, id, drink))).await;
    }

    async fn three_orders_in_words() {
        let bar = Bar::new(MILK);
        join_all(DRINKS.map(|(id, drink)| order_in_words(&bar, id, drink))).await;
    }

    /// An event's value of a field, as text. Empty if it has none.
    fn text(event: &Fields, name: &str) -> String {
        event.get(name).map_or(String::new(), |value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// The named fields of all events, in order.
    fn columns<const N: usize>(events: &[Fields], names: [&str; N]) -> Vec<[String; N]> {
        events.iter().map(|event| names.map(|name| text(event, name))).collect()
    }

    #[test]
    fn an_event_carries_the_fields_of_the_spans_around_it() {
        let events = kept(targets("debug"), three_orders);
        let steamed = events.iter().find(|event| text(event, "message") == "steamed");
        let expected = json!({
            "level": "DEBUG", "message": "steamed", "left_ml": 100, "ml": 200,
            "id": 2, "drink": "latte",
        });
        assert_eq!(steamed.map(|event| json!(event)), Some(expected));
        // Of the inner span as of the outer.
        let ground = events.iter().find(|event| text(event, "message") == "ground");
        let expected = json!({
            "level": "DEBUG", "message": "ground", "grams": 9, "id": 1, "drink": "espresso",
        });
        assert_eq!(ground.map(|event| json!(event)), Some(expected));
    }

    #[test]
    fn every_event_knows_its_order_however_they_mix() {
        let events = kept(targets("debug"), three_orders);
        let told = columns(&events, ["id", "message", "error"]);
        let none = "";
        let expected = [
            ["1", "ground", none],
            ["1", "served", none],
            ["2", "ground", none],
            ["3", "ground", none],
            ["3", none, "not enough milk, 100 ml left"],
            ["2", "steamed", none],
            ["2", "served", none],
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn in_words_an_event_knows_nothing_but_its_words() {
        let events = kept(targets("debug"), three_orders_in_words);
        assert_eq!(events.len(), 10);
        for event in &events {
            assert_eq!(event.keys().collect::<Vec<_>>(), ["level", "message"], "{event:?}");
        }
        // Two identical lines of two orders, and one that matters and could be of any.
        let ground = events.iter().filter(|event| text(event, "message") == "ground 9 g");
        assert_eq!(ground.count(), 3);
        let failed = events.iter().find(|event| event["level"] == "ERROR").expect("one failed");
        assert!(!failed["message"].to_string().contains("order"));
    }

    #[test]
    fn a_value_that_is_recorded_later_is_there_from_then_on() {
        let events = kept(targets("debug"), three_orders);
        let of_two: Vec<_> = events.into_iter().filter(|event| event["id"] == 2).collect();
        let told = columns(&of_two, ["message", "ml"]);
        assert_eq!(told, [["ground", ""], ["steamed", "200"], ["served", "200"]]);
    }

    #[test]
    fn a_number_is_a_number() {
        let events = kept(targets("info"), three_orders);
        let served = events.iter().filter(|event| text(event, "message") == "served");
        let milk: u64 = served.filter_map(|event| event.get("ml")?.as_u64()).sum();
        assert_eq!(milk, 200);
    }

    #[test]
    fn a_filter_keeps_what_is_loud_enough_and_takes_spans_away_too() {
        let count = |directives| {
            let events = kept(targets(directives), three_orders);
            (events.len(), events.iter().filter(|event| event.contains_key("id")).count())
        };
        assert_eq!(count("info"), (3, 3));
        assert_eq!(count("debug"), (7, 7));
        assert_eq!(count("warn,chapter_03_tokio::tracing=debug"), (7, 7));
        assert_eq!(count("debug,chapter_03_tokio::tracing=off"), (0, 0));
        // The error is still there, and its order is not: a span of level INFO is filtered out.
        assert_eq!(count("warn"), (1, 0));
    }

    #[test]
    fn an_env_filter_can_ask_for_the_field_of_a_span() {
        let filter = EnvFilter::new("off,[order{id=2}]=debug");
        let events = kept(filter, three_orders);
        let told = columns(&events, ["id", "message"]);
        assert_eq!(told, [["2", "ground"], ["2", "steamed"], ["2", "served"]]);
    }

    #[test]
    fn what_nobody_listens_to_is_not_computed() {
        let computed = |directives| {
            // One filter for all layers. With one for each, and with the subscribers of other tests
            // about, the values are computed first and thrown away after.
            let journal = Journal::default();
            let subscriber =
                tracing_subscriber::registry().with(targets(directives)).with(journal.clone());
            let computed = Cell::new(0);
            tracing::subscriber::with_default(subscriber, || {
                debug!(answer = ?computed.update(|times| times + 1));
            });
            assert_eq!(journal.events().len(), computed.get());
            computed.get()
        };
        assert_eq!((computed("debug"), computed("info")), (1, 0));
    }

    #[test]
    fn the_timeline_sees_the_same_spans_whatever_the_others_keep() {
        let timeline = lessons::timeline("test");
        let journal = Journal::default();
        within(Duration::from_secs(60), {
            let subscriber = layers(&targets("off"), &journal);
            || {
                let tokio = Builder::new_current_thread().enable_time().start_paused(true).build();
                // Numbers of its own: a timeline records the whole process.
                let bar = Bar::new(MILK);
                let orders = join_all([71, 72].map(|id| order(&bar, id, "latte")));
                let orders = orders.with_subscriber(subscriber);
                tokio.expect("a runtime").block_on(orders.map(drop));
            }
        });
        let recording = timeline.finish();
        let [one, two] = [71, 72].map(|id| {
            let label = format!("order id={id} drink=latte ml=200");
            recording.row(&label).expect("it was recorded")
        });
        assert!(one.overlaps(two));
        assert_eq!(journal.events(), []);
    }

    #[test]
    fn words_and_fields_tell_of_the_same_drinks() {
        let outcomes = within(Duration::from_secs(60), || {
            let tokio = Builder::new_current_thread().enable_time().start_paused(true).build();
            tokio.expect("a runtime").block_on(async {
                let [words, fields] = [(); 2].map(|()| Bar::new(MILK));
                let words = join_all(DRINKS.map(|(id, it)| order_in_words(&words, id, it))).await;
                let fields = join_all(DRINKS.map(|(id, it)| order(&fields, id, it))).await;
                (words, fields)
            })
        });
        assert_eq!(outcomes.0, [Ok(()), Ok(()), Err(NotEnoughMilk { left_ml: 100 })]);
        assert_eq!(outcomes.0, outcomes.1);
    }
}
