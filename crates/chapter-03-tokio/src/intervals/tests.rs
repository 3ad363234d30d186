use super::*;
use std::cell::RefCell;
use tokio::time::timeout;
use witness::paused;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// When each look began, in milliseconds.
fn begun(way: Option<MissedTickBehavior>) -> Vec<u128> {
    paused(async move || {
        looks(way).await.iter().map(Duration::as_millis).collect()
    })
}

#[test]
fn a_sleep_adds_the_time_of_each_look() {
    assert_eq!(begun(None), [0, 60, 230, 290]);
}

#[test]
fn an_interval_counts_from_its_first_tick() {
    let looks = paused(async || {
        let (start, looks) = (Instant::now(), RefCell::new(Vec::new()));
        let ticking = ticking(MS(10), MissedTickBehavior::Burst, async || {
            looks.borrow_mut().push(start.elapsed().as_millis());
            sleep(MS(9)).await;
        });
        timeout(MS(45), ticking).await.expect_err("it looks forever");
        looks.into_inner()
    });
    assert_eq!(looks, [0, 10, 20, 30, 40]);
}

#[test]
fn burst_makes_up_for_missed_ticks() {
    assert_eq!(
        begun(Some(MissedTickBehavior::Burst)),
        [0, 50, 170, 180, 200, 250, 300]
    );
}

#[test]
fn delay_begins_a_new_rhythm() {
    assert_eq!(
        begun(Some(MissedTickBehavior::Delay)),
        [0, 50, 170, 220, 270, 320]
    );
}

#[test]
fn skip_keeps_the_rhythm_and_leaves_out() {
    assert_eq!(
        begun(Some(MissedTickBehavior::Skip)),
        [0, 50, 170, 200, 250, 300]
    );
}

/// The looks until `closing`, in milliseconds, while `ring` is polled beside
/// them.
async fn until_closing(
    closing: u64,
    look_takes: u64,
    bell: &Notify,
    ring: impl Future<Output = ()>,
) -> Vec<(u128, Why)> {
    let (start, looks) = (Instant::now(), RefCell::new(Vec::new()));
    let looking = until(start + MS(closing), MS(10), bell, async |why| {
        looks.borrow_mut().push((start.elapsed().as_millis(), why));
        sleep(MS(look_takes)).await;
    });
    tokio::join!(looking, ring);
    assert_eq!(start.elapsed(), MS(closing));
    looks.into_inner()
}

#[test]
fn a_bell_is_heard_between_two_ticks() {
    let looks = paused(async || {
        let bell = Notify::new();
        let ring = async {
            sleep(MS(13)).await;
            bell.notify_one();
        };
        until_closing(25, 0, &bell, ring).await
    });
    assert_eq!(
        looks,
        [(0, Why::Tick), (10, Why::Tick), (13, Why::Bell), (20, Why::Tick)]
    );
}

#[test]
fn bells_during_a_look_are_kept_as_one() {
    let looks = paused(async || {
        let bell = Notify::new();
        let ring = async {
            for _ in 0..3 {
                sleep(MS(1)).await;
                bell.notify_one();
            }
        };
        until_closing(8, 4, &bell, ring).await
    });
    assert_eq!(looks, [(0, Why::Tick), (4, Why::Bell)]);
}

#[test]
fn notify_waiters_keeps_nothing() {
    let looks = paused(async || {
        let bell = Notify::new();
        let ring = async {
            sleep(MS(1)).await;
            bell.notify_waiters();
        };
        until_closing(8, 4, &bell, ring).await
    });
    assert_eq!(looks, [(0, Why::Tick)]);
}

#[test]
fn at_closing_time_nobody_looks_anymore() {
    // A tick is due at that very moment. Twenty evenings, because without
    // `biased` either of the two may come first.
    for _ in 0..20 {
        let looks = paused(async || {
            until_closing(20, 0, &Notify::new(), async {}).await
        });
        assert_eq!(looks, [(0, Why::Tick), (10, Why::Tick)]);
    }
}
