use super::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::time::{Instant, advance};
use witness::{Log, paused, polls};

const MS: Duration = Duration::from_millis(1);

/// Lets time pass on the paused clock without giving way, as a computation
/// does.
fn work(takes: Duration) {
    // Its first poll moves the clock, and the second one is never asked for.
    let _yields = futures::FutureExt::now_or_never(advance(takes));
}

#[test]
fn a_timeout_does_not_cut_ready_awaits() {
    paused(async || {
        let start = Instant::now();
        let copied = timeout(10 * MS, ready_awaits(20, || work(5 * MS))).await;
        assert_eq!((copied, start.elapsed()), (Ok(20), 100 * MS));
    });
}

#[test]
fn it_cuts_where_the_future_yields() {
    paused(async || {
        let (start, mut copied) = (Instant::now(), 0);
        let page = || {
            work(5 * MS);
            copied += 1;
        };
        assert!(timeout(10 * MS, yielding_awaits(20, page)).await.is_err());
        assert!((2..=3).contains(&copied), "{copied} pages");
        assert_eq!(start.elapsed(), copied * 5 * MS);
    });
}

#[test]
fn an_aborted_task_goes_on_to_its_end_through_ready_awaits() {
    paused(async || {
        let end = aborted(|copy| ready_awaits(1_000, copy)).await;
        assert_eq!(end.expect("it was not canceled"), 1_000);
    });
}

#[test]
fn it_ends_at_the_first_await_that_yields() {
    static PAGES: AtomicUsize = AtomicUsize::new(0);
    paused(async || {
        let end = aborted(|mut copy| {
            yielding_awaits(1_000, move || {
                PAGES.fetch_add(1, Relaxed);
                copy();
            })
        });
        assert!(end.await.expect_err("it was aborted").is_cancelled());
        assert_eq!(PAGES.load(Relaxed), 1);
    });
}

#[test]
fn a_neighbor_gets_its_turn_only_when_somebody_yields() {
    paused(async || {
        let log = Log::new();
        let neighbor = async || log.push("neighbor");
        tokio::join!(ready_awaits(2, || log.push("page")), neighbor());
        tokio::join!(yielding_awaits(2, || log.push("page")), neighbor());
        let expected = ["page", "page", "neighbor", "page", "neighbor", "page"];
        assert_eq!(log.events(), expected);
    });
}

#[test]
fn polls_are_one_and_one_for_each_yield() {
    paused(async || {
        let (copying, seen) = polls(ready_awaits(1_000, || ()));
        assert_eq!((copying.await, seen.count()), (1_000, 1));
        let (copying, seen) = polls(yielding_awaits(1_000, || ()));
        assert_eq!((copying.await, seen.count()), (1_000, 1_001));
    });
}

#[test]
fn consume_budget_yields_now_and_then() {
    paused(async || {
        let (looping, seen) = polls(async {
            for _ in 0..1_000 {
                tokio::task::consume_budget().await;
            }
        });
        looping.await;
        assert!((2..100).contains(&seen.count()), "{} polls", seen.count());
    });
}

#[test]
fn tokios_recv_yields_when_the_budget_is_used_up_another_crates_does_not() {
    paused(async || {
        let (draining, seen) = polls(drain_tokio(tokio_messages(1_000), || ()));
        assert_eq!(draining.await, 1_000);
        assert!((2..100).contains(&seen.count()), "{} polls", seen.count());
        let (draining, seen) =
            polls(drain_futures(futures_messages(1_000), || ()));
        assert_eq!((draining.await, seen.count()), (1_000, 1));
    });
}

#[test]
fn so_a_timeout_cuts_the_one_and_not_the_other() {
    paused(async || {
        let mut taken = 0;
        let take = || {
            work(MS);
            taken += 1;
        };
        assert!(
            timeout(5 * MS, drain_tokio(tokio_messages(1_000), take))
                .await
                .is_err()
        );
        assert!((5..1_000).contains(&taken), "{taken} messages");

        let start = Instant::now();
        let all = timeout(
            5 * MS,
            drain_futures(futures_messages(1_000), || work(MS)),
        )
        .await;
        assert_eq!((all, start.elapsed()), (Ok(1_000), 1_000 * MS));
    });
}
