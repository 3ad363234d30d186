use super::*;
use witness::paused;

const UNIT: Duration = Duration::from_secs(1);

/// The most tasks, the most in flight, and the order in which `pages` pages
/// came.
fn seen<F>(
    pages: u32,
    way: impl FnOnce(Server, Vec<u32>) -> F + Send + 'static,
) -> (usize, usize, Vec<u32>)
where
    F: Future<Output = Vec<u32>>,
{
    paused(async move || {
        let server = Server::new(UNIT);
        let order = way(server.clone(), (1..=pages).collect()).await;
        let [tasks, in_flight] = server.most();
        (tasks, in_flight, order)
    })
}

#[test]
fn without_a_bound_all_are_in_flight() {
    for pages in [1, 9, 500] {
        let (tasks, in_flight, _) = seen(pages, |server, pages| {
            all_at_once(pages, move |page| server.fetch(page))
        });
        assert_eq!([tasks, in_flight], [pages as usize; 2]);
    }
}

#[test]
fn with_a_permit_before_each_task_there_are_no_more_tasks_than_permits() {
    for limit in [1, 2, 7, 50] {
        let (tasks, in_flight, _) = seen(50, move |server, pages| {
            permit_first(limit, pages, move |page| server.fetch(page))
        });
        assert_eq!([tasks, in_flight], [limit; 2]);
    }
}

#[test]
fn with_a_permit_before_each_task_a_panic_is_seen_before_the_last_page() {
    paused(async || {
        let server = Server::new(UNIT);
        let fetch = |page| {
            let fetching = server.fetch(page);
            async move {
                assert_ne!(page, 1, "on purpose");
                fetching.await
            }
        };
        let all = permit_first(3, (1..=100).collect(), fetch);
        let end = std::panic::AssertUnwindSafe(all).catch_unwind().await;
        assert!(end.is_err(), "page 1 panics");
        // No ended task is kept until all have begun.
        assert!(server.counts.begun.load(Relaxed) <= 3);
    });
}

#[test]
fn with_a_permit_inside_each_task_all_tasks_are_there_and_wait() {
    for limit in [1, 2, 7, 50] {
        let (tasks, in_flight, _) = seen(50, move |server, pages| {
            permit_inside(limit, pages, move |page| server.fetch(page))
        });
        assert_eq!([tasks, in_flight], [50, limit]);
    }
}

#[test]
fn a_buffer_keeps_its_bound_without_a_task() {
    for limit in [1, 2, 7, 50] {
        for (tasks, in_flight, _) in [
            seen(50, move |server, pages| {
                unordered(limit, pages, move |page| server.fetch(page))
            }),
            seen(50, move |server, pages| {
                ordered(limit, pages, move |page| server.fetch(page))
            }),
        ] {
            assert_eq!([tasks, in_flight], [0, limit]);
        }
    }
}

#[test]
fn every_way_fetches_every_page_once() {
    for (name, way) in STRATEGIES {
        let (.., mut order) = seen(100, way);
        order.sort_unstable();
        assert!(order.into_iter().eq(1..=100), "{name}");
    }
}

#[test]
fn pages_come_as_they_are_done_and_only_buffered_puts_them_in_order() {
    // Page 2 takes one unit, page 3 two, page 1 three.
    let orders = STRATEGIES.map(|(_, way)| seen(3, way).2);
    assert_eq!(orders, [[2, 3, 1], [2, 3, 1], [2, 3, 1], [2, 3, 1], [1, 2, 3]]);
}

#[test]
fn buffered_waits_behind_a_slow_page() {
    // Pages 2 and 3 are done long before page 1, and count against the bound
    // until it is.
    let begun = |keep_order: bool| {
        paused(async move || {
            let server = Server::new(UNIT);
            let fetch = |page| server.fetch(page);
            let pages = (1..=9).collect();
            let fan_out = match keep_order {
                true => ordered(3, pages, fetch).boxed_local(),
                false => unordered(3, pages, fetch).boxed_local(),
            };
            let _ = tokio::time::timeout(UNIT * 5 / 2, fan_out).await;
            server.counts.begun.load(Relaxed)
        })
    };
    assert_eq!(begun(true), 3);
    assert_eq!(begun(false), 5);
}

#[test]
fn a_stream_goes_on_only_while_it_is_awaited_and_tasks_go_on_by_themselves() {
    paused(async || {
        let server = Server::new(UNIT);
        let mut buffer = stream::iter(1..=3)
            .map(|page| server.fetch(page))
            .buffer_unordered(3);
        assert_eq!(buffer.next().await, Some(2));
        sleep(60 * UNIT).await;
        assert_eq!(
            server.counts.in_flight.load(Relaxed),
            2,
            "nobody polled them"
        );

        let server = Server::new(UNIT);
        let mut tasks = JoinSet::new();
        for page in 1..=3 {
            tasks.spawn(server.fetch(page));
        }
        assert_eq!(
            tasks.join_next().await.expect("three").expect("no panic"),
            2
        );
        sleep(60 * UNIT).await;
        assert_eq!(server.counts.in_flight.load(Relaxed), 0);
    });
}
