use super::*;
use futures::future::join_all;
use tokio::time::timeout;
use witness::Peak;

#[tokio::test(start_paused = true)]
async fn no_host_and_no_run_exceeds_its_bound() {
    let limits = Limits::new(5, 2, None);
    let (all, one) = (Peak::new(), Peak::new());
    join_all((0..60).map(|nth| {
        let (limits, all, one) = (&limits, &all, &one);
        async move {
            let host = format!("host-{}", nth % 4);
            let _permit = limits.enter(Some(&host)).await;
            let _all = all.enter();
            let _one = (nth % 4 == 0).then(|| one.enter());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }))
    .await;
    assert_eq!((all.max(), one.max()), (5, 2));
    assert_eq!(limits.peak(), 5);
    assert_eq!(limits.available(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_slow_host_holds_no_permit_of_the_others() {
    let limits = Limits::new(2, 1, None);
    let _slow = limits.enter(Some("slow")).await;
    let waiting = limits.enter(Some("slow"));
    let fast = async {
        for _ in 0..10 {
            limits.enter(Some("fast")).await;
        }
    };
    // With the global permit taken first, the second request to `slow` would hold it here.
    tokio::select! {
        biased;
        _ = waiting => panic!("the slow host has one permit, and it is taken"),
        done = timeout(Duration::from_secs(1), fast) => done.expect("the fast host had permits all the time"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_spaces_the_starts_evenly() {
    let limits = Limits::new(100, 100, Some(10.0));
    let start = Instant::now();
    let mut at: Vec<u128> = join_all((0..5).map(|_| async {
        limits.enter(Some("host")).await;
        start.elapsed().as_millis()
    }))
    .await;
    at.sort_unstable();
    assert_eq!(at, [0, 100, 200, 300, 400]);
}

#[tokio::test(start_paused = true)]
async fn a_host_may_be_slowed_down_and_only_that_one() {
    let limits = Limits::new(100, 100, Some(10.0));
    let start = Instant::now();
    limits.enter(Some("slow")).await;
    limits.slow_down("slow", Duration::from_secs(1));
    limits.slow_down("slow", Duration::from_millis(10));
    let mut at: Vec<(&str, u128)> = join_all(["slow", "slow", "other", "other"].map(|host| {
        let limits = &limits;
        async move {
            limits.enter(Some(host)).await;
            (host, start.elapsed().as_millis())
        }
    }))
    .await;
    at.sort_unstable();
    assert_eq!(at, [("other", 0), ("other", 100), ("slow", 1_000), ("slow", 2_000)]);
}

#[tokio::test(start_paused = true)]
async fn the_rate_counts_when_the_document_has_its_permit() {
    let limits = Limits::new(1, 100, Some(10.0));
    let held = limits.enter(None).await;
    let start = Instant::now();
    let starts = join_all((0..3).map(|_| async {
        limits.enter(Some("host")).await;
        start.elapsed().as_millis()
    }));
    let release = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(held);
    };
    let (mut at, ()) = tokio::join!(starts, release);
    at.sort_unstable();
    assert_eq!(at, [500, 600, 700]);
}

#[tokio::test(start_paused = true)]
async fn permits_come_at_once_and_go_when_they_are_given_back() {
    let limits = Limits::new(3, 1, None);
    let held: Vec<Permit> = join_all((0..3).map(|_| limits.enter(None))).await;
    limits.set_permits(1);
    assert_eq!((limits.permits(), limits.available()), (1, 0));
    // Two of the three are to go; one more is to stay.
    limits.set_permits(2);
    drop(held);
    assert_eq!((limits.permits(), limits.available()), (2, 2));
    limits.set_permits(5);
    assert_eq!((limits.permits(), limits.available()), (5, 5));
    limits.set_permits(4);
    assert_eq!((limits.permits(), limits.available()), (4, 4));
    let held = join_all((0..4).map(|_| limits.enter(None))).await;
    limits.set_permits(0);
    limits.set_permits(6);
    assert_eq!(limits.available(), 2);
    drop(held);
    assert_eq!((limits.permits(), limits.available()), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn a_canceled_wait_gives_everything_back() {
    let limits = Limits::new(1, 1, None);
    let held = limits.enter(None).await;
    timeout(Duration::from_millis(5), limits.enter(Some("host")))
        .await
        .expect_err("the only permit is taken");
    drop(held);
    timeout(Duration::from_millis(5), limits.enter(Some("host")))
        .await
        .expect("all permits are available again");
}
