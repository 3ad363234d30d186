use super::*;
use witness::{Drops, paused};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn without_a_bound_the_same_few_are_served_however_long_the_rush_lasts() {
    paused(async || {
        let short = rush(&Kitchen::new(4), 20, Kitchen::take_all).await;
        let long = rush(&Kitchen::new(4), 200, Kitchen::take_all).await;
        assert_eq!(short.in_time, long.in_time);
        assert_eq!(long.in_time + long.for_nobody, 200);
        assert_eq!(long.refused, 0);
    });
}

#[test]
fn with_places_whoever_is_taken_is_served_in_time() {
    paused(async || {
        for orders in [20, 200] {
            let served =
                rush(&Kitchen::new(4), orders, Kitchen::take_some).await;
            assert_eq!(served.for_nobody, 0);
            assert_eq!(served.in_time + served.refused, orders);
            // In the rush of 4 ms each, two cooks do two orders in 20 ms.
            assert!(served.in_time >= orders * 4 / 10, "{served:?}");
        }
    });
}

#[test]
fn a_refusal_takes_no_time() {
    paused(async || {
        let kitchen = Kitchen::new(2);
        let cooking = [1, 2]
            .map(|number| tokio::spawn(Arc::clone(&kitchen).take_some(number)));
        tokio::task::yield_now().await;
        let start = Instant::now();
        assert_eq!(Arc::clone(&kitchen).take_some(3).await, Err(Busy));
        assert_eq!(start.elapsed(), Duration::ZERO);
        for (number, order) in (1..).zip(cooking) {
            assert_eq!(order.await.expect("it does not panic"), Ok(number));
        }
        assert_eq!(
            kitchen.take_some(4).await,
            Ok(4),
            "the places are free again"
        );
    });
}

#[test]
fn an_order_that_is_dropped_frees_its_place() {
    paused(async || {
        let kitchen = Kitchen::new(1);
        assert!(timeout(MS, Arc::clone(&kitchen).take_some(1)).await.is_err());
        assert_eq!(kitchen.take_some(2).await, Ok(2));
    });
}

#[test]
fn a_bucket_gives_its_room_at_once_and_then_one_a_period() {
    paused(async || {
        let mut bucket = Bucket::new(20 * MS, 3);
        let mut taken = || (0..10).filter(|_| bucket.take()).count();
        assert_eq!(taken(), 3);
        sleep(19 * MS).await;
        assert_eq!(taken(), 0);
        sleep(MS).await;
        assert_eq!(taken(), 1);
        sleep(45 * MS).await;
        assert_eq!(taken(), 2);
        sleep(15 * MS).await;
        assert_eq!(taken(), 1, "the 5 ms were not lost");
        sleep(HOUR).await;
        assert_eq!(taken(), 3);
    });
}

#[test]
fn the_second_request_wins_and_the_first_is_dropped() {
    paused(async || {
        let (start, drops) = (Instant::now(), Drops::new());
        let ask = async |server| {
            let guard = drops.guard();
            sleep(if server == 1 { HOUR } else { 10 * MS }).await;
            guard.finish();
            Ok::<_, Busy>(server)
        };
        assert_eq!(hedged(20 * MS, ask).await, Ok(2));
        assert_eq!(start.elapsed(), 30 * MS);
        assert_eq!((drops.finished(), drops.canceled()), (1, 1));
    });
}

#[test]
fn a_prompt_answer_costs_no_second_request() {
    paused(async || {
        let drops = Drops::new();
        let ask = async |server| {
            let _asked = drops.guard();
            sleep(10 * MS).await;
            Ok::<_, Busy>(server)
        };
        assert_eq!(hedged(20 * MS, ask).await, Ok(1));
        assert_eq!(drops.count(), 1, "server 2 was never asked");
    });
}

#[test]
fn a_first_answer_that_comes_late_but_before_the_second_counts() {
    paused(async || {
        let ask = async |server| {
            sleep(25 * MS).await;
            Ok::<_, Busy>(server)
        };
        assert_eq!(hedged(20 * MS, ask).await, Ok(1));
    });
}

#[test]
fn an_error_is_no_first_answer() {
    paused(async || {
        let start = Instant::now();
        // The first fails before or after server 2 was asked.
        for first in [5 * MS, 25 * MS] {
            let ask = async |server| {
                sleep(if server == 1 { first } else { 10 * MS }).await;
                if server == 1 { Err(Busy) } else { Ok(server) }
            };
            assert_eq!(hedged(20 * MS, ask).await, Ok(2));
        }
        assert_eq!(start.elapsed(), (5 + 10) * MS + (20 + 10) * MS);
        let ask = async |_| Err::<u32, _>(Busy);
        assert_eq!(hedged(20 * MS, ask).await, Err(Busy));
    });
}
