use super::*;
use crate::program::failure::Kind;
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
    // With the global permit taken first, the second request to `slow` would
    // hold it here.
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
    let mut at: Vec<(&str, u128)> =
        join_all(["slow", "slow", "other", "other"].map(|host| {
            let limits = &limits;
            async move {
                limits.enter(Some(host)).await;
                (host, start.elapsed().as_millis())
            }
        }))
        .await;
    at.sort_unstable();
    assert_eq!(
        at,
        [("other", 0), ("other", 100), ("slow", 1_000), ("slow", 2_000)]
    );
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

fn status(status: u16) -> Error {
    Error {
        status: Some(status),
        answered: true,
        ..Error::transient(Kind::Status, status.to_string())
    }
}

fn busy(retry_after: Option<u64>) -> Error {
    Error { retry_after: retry_after.map(Duration::from_secs), ..status(503) }
}

/// Notes the answer to the first request for a document.
fn answered(limits: &Limits, host: &str, answer: Result<(), &Error>) -> Blame {
    limits.answered(host, answer, limits.begins(host, None))
}

/// When each of some requests to one host starts, from now on; each is answered
/// at once.
async fn starts(
    limits: &Limits,
    count: usize,
    mut answer: impl FnMut(usize) -> bool,
) -> Vec<u64> {
    let begun = Instant::now();
    let mut starts = Vec::new();
    for nth in 0..count {
        let _permit = limits.enter(Some("host")).await;
        starts.push(begun.elapsed().as_secs());
        let error = busy(None);
        let answer = if answer(nth) { Ok(()) } else { Err(&error) };
        answered(limits, "host", answer);
    }
    starts
}

#[tokio::test(start_paused = true)]
async fn a_host_that_asks_for_a_pause_gets_one_for_all_its_documents() {
    let limits = Limits::new(10, 10, None);
    answered(&limits, "host", Err(&busy(Some(5))));
    // What was under way before may still succeed: that shortens nothing.
    answered(&limits, "host", Ok(()));
    let begun = Instant::now();
    limits.enter(Some("other")).await;
    assert_eq!(
        begun.elapsed(),
        Duration::ZERO,
        "another host is no concern of it"
    );
    join_all((0..3).map(|_| limits.enter(Some("host")))).await;
    assert_eq!(begun.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_down_gets_one_request_a_second_until_one_succeeds() {
    let limits = Limits::new(10, 10, None);
    // Three fail at once, then one a second; the tenth succeeds.
    let starts = starts(&limits, 14, |nth| nth >= 9).await;
    assert_eq!(starts, [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7]);
    assert_eq!(limits.given_up("host"), None);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_fails_throughout_is_given_up() {
    let limits = Limits::new(10, 10, None);
    let starts = starts(&limits, 40, |_| false).await;
    // It has no other to wait for.
    assert_eq!(
        starts.last(),
        Some(&24),
        "24 failures, and three in its last turn: {starts:?}"
    );
    let error = limits.given_up("host").expect("it never answered");
    assert!(
        !error.transient && error.detail.contains("again and again"),
        "{error}"
    );
    assert_eq!(limits.given_up("other"), None);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_fails_throughout_has_its_last_turn_when_the_others_are_done()
 {
    let limits = Limits::new(10, 10, None);
    let own = limits.begin(Some("host".into()));
    let (other, files) =
        (limits.begin(Some("other".into())), limits.begin(None));
    starts(&limits, 24, |_| false).await;
    let long = Duration::from_secs(3_600);
    for lane in [other, files] {
        let early = timeout(long, limits.enter(Some("host"))).await;
        early.expect_err("the others are not done");
        assert_eq!(limits.given_up("host"), None);
        limits.enter(Some("third")).await;
        drop(lane);
    }
    let begun = Instant::now();
    assert_eq!(
        starts(&limits, 5, |_| true).await,
        [0; 5],
        "it has answered at last"
    );
    assert!(begun.elapsed() < long);
    drop(own);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_answers_after_all_is_as_good_as_any() {
    let limits = Limits::new(10, 10, None);
    let lanes = ["host", "other"].map(|host| limits.begin(Some(host.into())));
    starts(&limits, 24, |_| false).await;
    // A request that was under way when it was put off.
    answered(&limits, "host", Ok(()));
    assert_eq!(starts(&limits, 5, |_| true).await, [0; 5]);
    drop(lanes);
    // It is on no last turn: three failures are no end of it.
    starts(&limits, 3, |_| false).await;
    assert_eq!(limits.given_up("host"), None);
}

#[tokio::test(start_paused = true)]
async fn pages_that_fail_by_themselves_say_nothing_of_their_host() {
    let limits = Limits::new(10, 10, None);
    let answered = |error: &Error| answered(&limits, "host", Err(error));
    let begun = Instant::now();
    for nth in 0..200 {
        limits.enter(Some("host")).await;
        let error = [status(500), status(408)][nth % 2].clone();
        assert_eq!(answered(&error), Blame::Document, "{error}");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(limits.given_up("host"), None);
    assert_eq!(begun.elapsed().as_secs(), 200, "nobody waited");
    // Between the failures of a host that is down they change nothing.
    let broken = Error::transient(Kind::Connect, "refused");
    let late = Error::transient(Kind::Timeout, "late");
    let down =
        [status(502), status(500), broken, status(500), late, status(500)];
    let (page, host) = (Blame::Document, Blame::Host);
    let down = down.map(|error| answered(&error));
    assert_eq!(down, [page, page, page, page, host, page]);
    let probes = starts(&limits, 3, |_| true).await;
    assert_eq!(
        probes,
        [1, 1, 1],
        "the first waits for its probe, which succeeds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_host_is_blamed_when_it_fails_several_documents() {
    let refused = Error::transient(Kind::Connect, "refused");
    let late = Error::transient(Kind::Timeout, "late");
    let [page, either, host] = [Blame::Document, Blame::Either, Blame::Host];
    let limits = Limits::new(10, 10, None);
    let fails = |failed| {
        let begun = limits.begins("host", failed);
        limits.answered("host", Err(&refused), begun)
    };
    // One document fails again and again. As long as others are answered, it
    // alone is to blame.
    let first = Some(Instant::now());
    assert_eq!(fails(None), page);
    answered(&limits, "host", Ok(()));
    assert_eq!(fails(first), page);
    tokio::time::advance(Duration::from_millis(1)).await;
    let later = Some(Instant::now());
    assert_eq!([later; 3].map(fails), [either; 3]);
    // Three others join it, and from then on it is the host for the first, too.
    let others = [None, None, None, first].map(fails);
    assert_eq!(others, [either, either, host, host]);
    // It recovers, and those who failed before are no proof.
    answered(&limits, "host", Ok(()));
    assert_eq!([first; 4].map(fails), [page, page, either, either]);
    // Others were answered while these waited; while the last ones did, nobody.
    let before = limits.begins("host", None);
    answered(&limits, "host", Ok(()));
    let waits = |begun| limits.answered("host", Err(&late), begun);
    assert_eq!([before; 3].map(waits), [page, page, either]);
    let begun = limits.begins("host", None);
    assert_eq!([begun; 3].map(waits), [either, either, host]);
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_does_not_say_that_a_host_is_up_again() {
    let limits = Limits::new(10, 10, None);
    let under_way = limits.begins("host", None);
    tokio::time::advance(Duration::from_millis(1)).await;
    for _ in 0..3 {
        answered(&limits, "host", Err(&busy(None)));
    }
    limits.answered("host", Ok(()), under_way);
    let probes = starts(&limits, 3, |_| true).await;
    assert_eq!(probes, [1, 1, 1], "the first waits for its probe");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_breaks_off_what_it_sends_is_down_for_a_while_at_most() {
    let limits = Limits::new(10, 10, None);
    let broken_off = Error {
        answered: true,
        ..Error::transient(Kind::Interrupted, "broken off")
    };
    let begun = Instant::now();
    let mut starts = Vec::new();
    for _ in 0..20 {
        limits.enter(Some("host")).await;
        starts.push(begun.elapsed().as_secs());
        answered(&limits, "host", Err(&broken_off));
    }
    // After 15 s its pages are what is broken.
    let expected: Vec<u64> =
        [0, 0].into_iter().chain(0..=15).chain([15, 15]).collect();
    assert_eq!(starts, expected);
    let again = answered(&limits, "host", Err(&broken_off));
    assert_eq!(again, Blame::Document);
    assert_eq!(limits.given_up("host"), None);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_has_never_answered_holds_few_permits() {
    let limits = Limits::new(16, 8, None);
    let mut held = Vec::new();
    for host in ["dead", "dead too"] {
        held.extend([
            limits.enter(Some(host)).await,
            limits.enter(Some(host)).await,
        ]);
        let third =
            timeout(Duration::from_secs(60), limits.enter(Some(host))).await;
        third.expect_err("it has not answered");
    }
    let _first = limits.enter(Some("good")).await;
    answered(&limits, "good", Err(&status(404)));
    let others = join_all((0..7).map(|_| limits.enter(Some("good"))));
    held.extend(
        timeout(Duration::from_secs(60), others)
            .await
            .expect("it may have eight"),
    );
    let ninth =
        timeout(Duration::from_secs(60), limits.enter(Some("good"))).await;
    ninth.expect_err("and no more");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_host_goes_on_when_it_recovers() {
    let limits = Limits::new(10, 10, None);
    for _ in 0..3 {
        answered(&limits, "host", Err(&busy(None)));
    }
    let begun = Instant::now();
    let wait = limits.pause(Some("host"), 3, Duration::from_millis(100));
    let recover = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        answered(&limits, "host", Ok(()));
    };
    tokio::join!(wait, recover);
    assert_eq!(begun.elapsed().as_secs(), 2);
}
