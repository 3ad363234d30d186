use super::*;
use std::cell::Cell;
use tokio::time::timeout;
use witness::{Log, paused};

const UNIT: Duration = Duration::from_secs(1);

#[test]
fn seats_are_booked_once_and_no_more_than_there_are() {
    paused(async || {
        let (office, closed) = BoxOffice::open(100, UNIT);
        let mut clients = JoinSet::new();
        for seats in (1..=3).cycle().take(90) {
            let office = office.clone();
            clients.spawn(async move { (seats, office.book(seats).await) });
        }
        drop(office);
        let answers = clients.join_all().await;
        let booked: u32 = answers.iter().filter(|a| a.1.is_ok()).map(|a| a.0).sum();
        let refused = answers.iter().filter(|a| a.1 == Err(Refused::SoldOut)).count();
        let served = answers.iter().filter(|a| a.1.is_ok()).count();
        assert_eq!(booked + closed.await.expect("it does not panic"), 100);
        assert_eq!(served + refused, 90);
        assert_eq!(booked, 100, "the small groups fill the last seats");
    });
}

#[test]
fn the_box_office_serves_one_at_a_time() {
    let recording = paused(async || {
        let timeline = lessons::timeline("test");
        let (office, _) = BoxOffice::open(7_100, UNIT);
        tokio::join!(office.book(710), office.book(711), office.book(712)).0.expect("free");
        timeline.finish()
    });
    let rows = ["sell seats=710", "sell seats=711", "sell seats=712"]
        .map(|label| recording.row(label).expect("it was recorded"));
    assert!(!rows[0].overlaps(rows[1]) && !rows[1].overlaps(rows[2]));
}

#[test]
fn a_client_that_gave_up_leaves_its_seats_free() {
    paused(async || {
        let (office, _) = BoxOffice::open(5, 2 * UNIT);
        let gave_up = timeout(UNIT, office.book(4)).await;
        assert!(gave_up.is_err());
        assert_eq!(office.book(5).await, Ok(0));
    });
}

#[test]
fn the_box_office_ends_with_its_last_handle() {
    paused(async || {
        let (office, closed) = BoxOffice::open(5, UNIT);
        let other = office.clone();
        drop(office);
        assert_eq!(other.book(2).await, Ok(3));
        assert!(!closed.is_finished(), "a client is left");
        drop(other);
        assert_eq!(closed.await.expect("it does not panic"), 3);
    });
}

#[test]
fn a_box_office_that_is_gone_is_an_error_and_no_hang() {
    paused(async || {
        let (office, closed) = BoxOffice::open(5, 2 * UNIT);
        let asked = tokio::spawn({
            let office = office.clone();
            async move { office.book(1).await }
        });
        sleep(UNIT).await;
        closed.abort();
        // One waited for its answer, the other comes too late.
        assert_eq!(asked.await.expect("it does not panic"), Err(Refused::Closed));
        assert_eq!(office.book(1).await, Err(Refused::Closed));
    });
}

/// The most messages alive at once, with a receiver that takes its time for each.
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
    assert_eq!(first_sees(false), Some(5), "four in the queue, one in the hand");
}

fn prices(range: RangeInclusive<u32>) -> Vec<Heard> {
    range.map(Heard::Price).collect()
}

#[test]
fn a_lagged_receiver_is_told_how_many_it_missed() {
    paused(async || {
        let [prompt, late] = broadcast_prices(4, 1..=10).await;
        assert_eq!(prompt, prices(1..=10));
        assert_eq!(late[0], Heard::Missed(6));
        assert_eq!(late[1..], prices(7..=10));
    });
}

#[test]
fn a_receiver_that_is_late_but_within_the_room_misses_nothing() {
    paused(async || {
        let [prompt, late] = broadcast_prices(4, 1..=4).await;
        assert_eq!([prompt, late], [prices(1..=4), prices(1..=4)]);
    });
}

#[test]
fn watch_keeps_the_latest_and_nothing_else() {
    paused(async || {
        let [prompt, late] = watch_prices(1..=10).await;
        assert_eq!(prompt, prices(1..=10));
        assert_eq!(late, prices(10..=10));
    });
}
