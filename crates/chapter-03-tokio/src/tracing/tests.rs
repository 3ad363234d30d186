use super::*;
use crate::layers::logged;
use serde_json::{Map, Value, json};
use tracing_subscriber::filter::LevelFilter;
use witness::paused;

type Fields = Map<String, Value>;

/// The events of a future that are at least as loud as `level`.
fn kept<F: Future>(
    level: LevelFilter,
    future: impl FnOnce() -> F + Send + 'static,
) -> Vec<Fields> {
    paused(async move || logged(level, future()).await.events())
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
fn columns<const N: usize>(
    events: &[Fields],
    names: [&str; N],
) -> Vec<[String; N]> {
    events.iter().map(|event| names.map(|name| text(event, name))).collect()
}

#[test]
fn an_event_carries_the_fields_of_the_spans_around_it() {
    let events = kept(LevelFilter::DEBUG, three_orders);
    let steamed =
        events.iter().find(|event| text(event, "message") == "steamed");
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
    let events = kept(LevelFilter::DEBUG, three_orders);
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
    let events = kept(LevelFilter::DEBUG, three_orders_in_words);
    assert_eq!(events.len(), 10);
    for event in &events {
        assert_eq!(
            event.keys().collect::<Vec<_>>(),
            ["level", "message"],
            "{event:?}"
        );
    }
    // Two identical lines of two orders, and one that matters and could be of
    // any.
    let ground =
        events.iter().filter(|event| text(event, "message") == "ground 9 g");
    assert_eq!(ground.count(), 3);
    let failed = events
        .iter()
        .find(|event| event["level"] == "ERROR")
        .expect("one failed");
    assert!(!failed["message"].to_string().contains("order"));
}

#[test]
fn a_value_that_is_recorded_later_is_there_from_then_on() {
    let events = kept(LevelFilter::DEBUG, three_orders);
    let of_two: Vec<_> =
        events.into_iter().filter(|event| event["id"] == 2).collect();
    let told = columns(&of_two, ["message", "ml"]);
    assert_eq!(told, [["ground", ""], ["steamed", "200"], ["served", "200"]]);
}

#[test]
fn a_number_is_a_number() {
    let events = kept(LevelFilter::INFO, three_orders);
    let served =
        events.iter().filter(|event| text(event, "message") == "served");
    let milk: u64 = served.filter_map(|event| event.get("ml")?.as_u64()).sum();
    assert_eq!(milk, 200);
}

#[test]
fn words_and_fields_tell_of_the_same_drinks() {
    let (words, fields) = paused(async || {
        let [words, fields] = [(); 2].map(|()| Bar::new(MILK));
        let words =
            join_all(DRINKS.map(|(id, it)| order_in_words(&words, id, it)))
                .await;
        let fields =
            join_all(DRINKS.map(|(id, it)| order(&fields, id, it))).await;
        (words, fields)
    });
    assert_eq!(words, [Ok(()), Ok(()), Err(NotEnoughMilk { left_ml: 100 })]);
    assert_eq!(words, fields);
}
