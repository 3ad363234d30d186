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
