use super::*;
use tokio::time::Instant;
use witness::{Drops, paused};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn one_sold_out() -> [Supplier; 3] {
    [Supplier::sold_out(1, 20), Supplier::new(2, 60), Supplier::new(3, 80)]
}

impl Supplier {
    /// A supplier whose task panics.
    fn that_panics(number: u32, takes_ms: u64) -> Self {
        let price = || panic!("on purpose");
        Supplier { price, ..Supplier::new(number, takes_ms) }
    }
}

#[test]
fn all_three_ways_add_up_the_prices_and_leave_nobody() {
    paused(async || {
        let all = [1, 2, 3].map(|number| Supplier::new(number, 20));
        assert_eq!((detached(&all).await, alive()), (Ok(300), 0));
        assert_eq!((owned(&all).await, alive()), (Ok(300), 0));
        assert_eq!(
            (scoped(&CancellationToken::new(), &all).await, alive()),
            (Ok(300), 0)
        );
    });
}

#[test]
fn detached_tasks_live_on_after_the_error() {
    paused(async || {
        assert_eq!(detached(&one_sold_out()).await, Err(NoPrice::SoldOut));
        assert_eq!(alive(), 2);
        sleep(30 * MS).await;
        assert_eq!(alive(), 2, "they go on asking");
    });
}

#[test]
fn a_set_aborts_them_and_does_not_wait() {
    paused(async || {
        assert_eq!(owned(&one_sold_out()).await, Err(NoPrice::SoldOut));
        assert_eq!(alive(), 2);
        yield_now().await;
        assert_eq!(alive(), 0);
    });
}

#[test]
fn after_a_scope_nobody_is_alive() {
    paused(async || {
        let (start, parent) = (Instant::now(), CancellationToken::new());
        assert_eq!(
            scoped(&parent, &one_sold_out()).await,
            Err(NoPrice::SoldOut)
        );
        // It waits for the others to be dropped, not for their prices.
        assert_eq!((start.elapsed(), alive()), (20 * MS, 0));
        assert!(!parent.is_cancelled(), "a child does not cancel its parent");
    });
}

#[test]
fn a_scope_that_is_dropped_cancels_its_tasks_soon() {
    paused(async || {
        let parent = CancellationToken::new();
        let both = [1, 2].map(|number| Supplier::new(number, 60));
        let asking = scoped(&parent, &both);
        assert!(timeout(10 * MS, asking).await.is_err());
        // Nobody can wait in a drop, so they end one turn later.
        assert_eq!(alive(), 2);
        yield_now().await;
        assert_eq!(alive(), 0);
    });
}

#[test]
fn a_panic_in_the_body_cancels_them_too() {
    paused(async || {
        let asking = tokio::spawn(async {
            scope(&CancellationToken::new(), async |scope| {
                scope.spawn(sleep(HOUR));
                yield_now().await;
                panic!("on purpose");
            })
            .await
        });
        assert!(asking.await.expect_err("it panics").is_panic());
        yield_now().await;
        assert_eq!(alive(), 0);
    });
}

#[test]
fn the_parents_token_ends_the_tasks_of_all_its_scopes() {
    paused(async || {
        let (parent, drops) = (CancellationToken::new(), Drops::new());
        let in_scope = async || {
            scope(&parent, async |inner| {
                let guard = drops.guard();
                inner.spawn(async move {
                    sleep(HOUR).await;
                    guard.finish();
                });
                inner.tasks.close();
                inner.tasks.wait().await;
            })
            .await;
        };
        let stop = async {
            sleep(MS).await;
            parent.cancel();
        };
        tokio::join!(in_scope(), in_scope(), stop);
        assert_eq!((drops.canceled(), alive()), (2, 0));
    });
}

#[test]
fn an_answer_that_is_missing_is_no_smaller_sum() {
    paused(async || {
        let token = CancellationToken::new();
        let prices = [1, 2, 3].map(|number| Supplier::new(number, 60));
        let one_panics = [prices[0], Supplier::that_panics(2, 20), prices[2]];
        let asking = scoped(&token, &one_panics);
        assert_eq!(asking.await, Err(NoPrice::NoAnswer));
        assert_eq!(alive(), 0);

        let some_are_early = [Supplier::new(1, 20), prices[1], prices[2]];
        let stop = async {
            sleep(30 * MS).await;
            token.cancel();
        };
        let (sum, ()) = tokio::join!(scoped(&token, &some_are_early), stop);
        assert_eq!((sum, alive()), (Err(NoPrice::NoAnswer), 0));
    });
}

#[test]
fn the_sum_of_no_supplier_is_nothing() {
    paused(async || {
        let token = CancellationToken::new();
        assert_eq!(detached(&[]).await, Ok(0));
        assert_eq!(owned(&[]).await, Ok(0));
        assert_eq!(scoped(&token, &[]).await, Ok(0));
    });
}

#[test]
fn what_a_task_of_a_scope_spawns_in_the_scope_ends_with_it_as_well() {
    paused(async || {
        let (start, token) = (Instant::now(), CancellationToken::new());
        scope(&token, async |outer| {
            let token = outer.stop.clone();
            outer.spawn(async move {
                scope(&token, async |inner| {
                    inner.spawn(sleep(HOUR));
                    sleep(HOUR).await;
                })
                .await;
            });
            sleep(MS).await;
            assert_eq!(alive(), 2);
        })
        .await;
        yield_now().await;
        assert_eq!((start.elapsed(), alive()), (MS, 0));
    });
}
