use super::*;
use std::cell::Cell;
use witness::{Log, Peak, paused};

const UNIT: Duration = Duration::from_secs(1);

/// The most messages alive at once, with a receiver that takes its time for
/// each.
async fn peak(room: Option<usize>) -> usize {
    let peak = Peak::new();
    let messages = (0..500).map(|_| peak.enter());
    let receive = async |message| {
        sleep(UNIT).await;
        drop(message);
    };
    match room {
        Some(room) => bounded(room, messages, receive).await,
        None => unbounded(messages, receive).await,
    }
    assert_eq!((peak.now(), peak.total()), (0, 500));
    peak.max()
}

#[test]
fn a_bounded_queue_holds_its_bound_and_one_in_the_hands_at_each_end() {
    for room in [1, 2, 8, 100] {
        assert_eq!(paused(async move || peak(Some(room)).await), room + 2);
    }
}

#[test]
fn an_unbounded_queue_holds_everything() {
    assert_eq!(paused(async || peak(None).await), 500);
}

#[test]
fn messages_arrive_in_order() {
    paused(async || {
        let log = Log::new();
        bounded(2, 0..20, async |message| log.push(message)).await;
        unbounded(20..40, async |message| log.push(message)).await;
        assert!(log.events().into_iter().eq(0..40));
    });
}

#[test]
fn a_sender_without_a_bound_sends_all_before_the_receiver_gets_its_turn() {
    let first_sees = |unbounded_channel: bool| {
        paused(async move || {
            let (sent, first) = (Cell::new(0), Cell::new(None));
            let messages = (0..50).inspect(|_| sent.set(sent.get() + 1));
            let receive = async |_| first.set(first.get().or(Some(sent.get())));
            match unbounded_channel {
                true => unbounded(messages, receive).await,
                false => bounded(4, messages, receive).await,
            }
            first.get()
        })
    };
    assert_eq!(first_sees(true), Some(50));
    assert_eq!(
        first_sees(false),
        Some(5),
        "four in the queue, one in the hand"
    );
}

#[test]
fn the_table_counts_what_is_alive() {
    assert_eq!(paused(async || most_alive(100).await), [100, 10]);
}
