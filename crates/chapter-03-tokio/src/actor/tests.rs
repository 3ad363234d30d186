use super::*;
use tokio::time::timeout;
use witness::paused;

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
        let booked: u32 =
            answers.iter().filter(|a| a.1.is_ok()).map(|a| a.0).sum();
        let refused =
            answers.iter().filter(|a| a.1 == Err(Refused::SoldOut)).count();
        let served = answers.iter().filter(|a| a.1.is_ok()).count();
        assert_eq!(booked + closed.await.expect("it does not panic"), 100);
        assert_eq!(served + refused, 90);
        assert_eq!(booked, 100, "the small groups fill the last seats");
    });
}

#[test]
fn the_box_office_serves_one_at_a_time() {
    let recording = paused(async || {
        let timeline = timeline::timeline("test");
        let (office, _) = BoxOffice::open(7_100, UNIT);
        tokio::join!(office.book(710), office.book(711), office.book(712))
            .0
            .expect("free");
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
fn a_client_that_leaves_with_its_answer_under_way_has_the_seats() {
    paused(async || {
        let (office, closed) = BoxOffice::open(5, UNIT);
        let mut booking = Box::pin(office.book(4));
        assert!(futures::poll!(&mut booking).is_pending());
        // The answer is sent, and the client has not looked.
        sleep(2 * UNIT).await;
        drop(booking);
        drop(office);
        assert_eq!(closed.await.expect("it does not panic"), 1);
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
        assert_eq!(
            asked.await.expect("it does not panic"),
            Err(Refused::Closed)
        );
        assert_eq!(office.book(1).await, Err(Refused::Closed));
    });
}
