use super::*;
use std::cell::Cell;
use tracing_subscriber::EnvFilter;
use witness::paused;

type Fields = Map<String, Value>;

/// The events of three orders that `filter` keeps.
fn kept(filter: impl Filter<Registry> + Send + Sync + 'static) -> Vec<Fields> {
    paused(async || logged(filter, three_orders()).await.events())
}

fn targets(directives: &str) -> Targets {
    directives.parse().expect("directives")
}

#[test]
fn a_filter_keeps_what_is_loud_enough_and_takes_spans_away_too() {
    let count = |directives| {
        let events = kept(targets(directives));
        (
            events.len(),
            events.iter().filter(|event| event.contains_key("id")).count(),
        )
    };
    assert_eq!(count("info"), (3, 3));
    assert_eq!(count("debug"), (7, 7));
    assert_eq!(count("warn,chapter_03_tokio::layers=debug"), (7, 7));
    assert_eq!(count("debug,chapter_03_tokio::layers=off"), (0, 0));
    // The error is still there, and its order is not: a span of level INFO is
    // filtered out.
    assert_eq!(count("warn"), (1, 0));
}

#[test]
fn an_env_filter_can_ask_for_the_field_of_a_span() {
    let filter = EnvFilter::new("off,[order{id=2}]=debug");
    let events = kept(filter);
    assert!(events.iter().all(|event| event["id"] == 2));
    let messages: Vec<_> =
        events.iter().map(|event| &event["message"]).collect();
    assert_eq!(messages, ["ground", "steamed", "served"]);
}

#[test]
fn what_nobody_listens_to_is_not_computed() {
    let computed = |directives| {
        // One filter for all layers. With one for each, and with the
        // subscribers of other tests about, the values are computed first and
        // thrown away after.
        let log = EventLog::default();
        let subscriber = tracing_subscriber::registry()
            .with(targets(directives))
            .with(log.clone());
        let computed = Cell::new(0);
        tracing::subscriber::with_default(subscriber, || {
            debug!(answer = ?computed.update(|times| times + 1));
        });
        assert_eq!(log.events().len(), computed.get());
        computed.get()
    };
    assert_eq!((computed("debug"), computed("info")), (1, 0));
}

#[test]
fn the_timeline_sees_the_same_spans_whatever_the_others_keep() {
    let timeline = timeline::timeline("test");
    let log = EventLog::default();
    let subscriber = layers(&targets("off"), &log);
    paused(async || {
        // Numbers of its own: a timeline records the whole process.
        let milk = Mutex::new(400);
        let orders = join_all([71, 72].map(|id| order(&milk, id, "latte")));
        orders.with_subscriber(subscriber).await;
    });
    let recording = timeline.finish();
    let [one, two] = [71, 72].map(|id| {
        let label = format!("order id={id} drink=latte");
        recording.row(&label).expect("it was recorded")
    });
    assert!(one.overlaps(two));
    assert_eq!(log.events(), []);
}
