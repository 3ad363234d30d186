use super::*;
use std::cell::Cell;
use std::collections::VecDeque;
use tokio::time::Instant;
use witness::{Peak, paused};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Three pages of two orders, at once; counts how many pages were asked for.
fn counted(asked: &Cell<u32>) -> impl Stream<Item = u32> {
    orders(|page| {
        asked.set(asked.get() + 1);
        async move {
            if page > 3 { vec![] } else { vec![page * 10 + 1, page * 10 + 2] }
        }
    })
}

#[test]
fn a_stream_that_nobody_awaits_asks_for_nothing() {
    paused(async || {
        let asked = Cell::new(0);
        let orders = counted(&asked);
        assert_eq!(asked.get(), 0);
        drop(orders);
        assert_eq!(asked.get(), 0);
    });
}

#[test]
fn a_page_is_asked_for_when_its_first_order_is_wanted() {
    paused(async || {
        for (wanted, pages) in [(1, 1), (2, 1), (3, 2), (6, 3)] {
            let asked = Cell::new(0);
            assert_eq!(counted(&asked).take(wanted).count().await, wanted);
            assert_eq!(asked.get(), pages, "{wanted} orders");
        }
    });
}

#[test]
fn the_first_of_a_number_leaves_the_rest_unasked() {
    paused(async || {
        let asked = Cell::new(0);
        assert_eq!(first_of(13, counted(&asked)).await, Some(21));
        assert_eq!(asked.get(), 2);
        assert_eq!(first_of(99, counted(&asked)).await, None);
    });
}

#[test]
fn an_empty_page_ends_the_stream() {
    paused(async || {
        let asked = Cell::new(0);
        let all: Vec<u32> = counted(&asked).collect().await;
        assert_eq!(all, [11, 12, 21, 22, 31, 32]);
        assert_eq!(asked.get(), 4);
    });
}

#[test]
fn a_buffer_keeps_its_bound_and_uses_it() {
    paused(async || {
        for bound in [1, 2, 5] {
            let peak = Peak::new();
            let packed = orders(shop).map(|order| {
                let peak = peak.clone();
                async move {
                    let _packing = peak.enter();
                    sleep(HOUR).await;
                    order
                }
            });
            assert_eq!(packed.buffer_unordered(bound).count().await, 9);
            assert_eq!(peak.max(), bound);
        }
    });
}

#[test]
fn buffered_keeps_the_order_buffer_unordered_does_not() {
    paused(async || {
        let packed: Vec<u32> =
            orders(shop).map(pack).buffered(2).collect().await;
        assert_eq!(packed, [11, 12, 13, 21, 22, 23, 31, 32, 33]);
        let mut packed: Vec<u32> =
            orders(shop).map(pack).buffer_unordered(2).collect().await;
        assert_eq!(packed[..2], [12, 13], "they overtook 11");
        packed.sort_unstable();
        assert_eq!(packed, [11, 12, 13, 21, 22, 23, 31, 32, 33]);
    });
}

#[test]
fn merged_streams_keep_the_order_of_each_and_end_when_both_have() {
    paused(async || {
        let odd = throttled(stream::iter([1, 3, 5]), 20 * MS);
        let even = throttled(stream::iter([2, 4]), 30 * MS);
        let merged: Vec<u32> = stream::select(odd, even).collect().await;
        assert_eq!(merged.len(), 5);
        let of =
            |rest: u32| merged.iter().copied().filter(move |it| it % 2 == rest);
        assert!(of(1).eq([1, 3, 5]) && of(0).eq([2, 4]), "{merged:?}");
    });
}

#[test]
fn a_throttled_stream_gives_one_item_a_period() {
    paused(async || {
        let start = Instant::now();
        let mut expected: VecDeque<_> = [0, 20, 40].map(|at| at * MS).into();
        let mut items = pin!(throttled(stream::iter(0..3), 20 * MS));
        while items.next().await.is_some() {
            assert_eq!(Some(start.elapsed()), expected.pop_front());
        }
        assert!(expected.is_empty());
    });
}

#[test]
fn collecting_what_never_ends_gives_nothing_in_an_hour() {
    paused(async || {
        assert!(
            timeout(HOUR, ticks(1000 * MS).collect::<Vec<_>>()).await.is_err()
        );
        let until = sleep(HOUR + MS);
        assert_eq!(ticks(1000 * MS).take_until(until).count().await, 3601);
    });
}
