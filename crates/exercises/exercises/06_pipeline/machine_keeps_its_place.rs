// A launderette has few places for machines. A wash takes a place, runs on a thread of the pool and
// gives the place back when the machine has ended, also if nobody looks. Its customer waits for it,
// or leaves, and is dropped. A machine that has begun cannot be stopped. There must never be more
// machines at work than there are places. Who waits for a place holds no thread, neither their own
// nor one of the pool. This does not compile. Repair it.
//
// How it is judged: a customer leaves while the machine runs, and the test looks for a free place.
// A machine and another customer meet, so a customer must not wait with the thread. Wakes and the
// names of the threads are noted. In the end all places are free again.
//
// Lesson: chapter-06 bridge

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

async fn wash<T: Send + 'static>(
    pool: &ThreadPool,
    places: &Arc<Semaphore>,
    machine: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = Arc::clone(places).acquire_owned().await.expect("they are never closed");
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let _place = place;
        let _ = sender.send(machine());
    });
    let clean = receiver.await.expect("no machine breaks");
    // TODO: two want to give the place back. Who should?
    drop(place);
    clean
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let places = Arc::new(Semaphore::new(1));
        println!("{}", block_on(wash(&pool, &places, || "shirts")));
        println!("{}", block_on(wash(&pool, &places, || "socks")));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{self, Either, FutureExt, join_all, select};
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::Context;
    use std::thread;
    use std::time::Duration;
    use witness::{Peak, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn launderette(threads: usize, places: usize) -> (ThreadPool, Arc<Semaphore>) {
        let pool = ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
        (pool.expect("a few threads"), Arc::new(Semaphore::new(places)))
    }

    #[test]
    fn a_machine_keeps_its_place_when_its_customer_leaves() {
        let free = within(LIMIT, || {
            let (pool, places) = launderette(1, 1);
            let (begin, begun) = mpsc::channel();
            let (end, ended) = mpsc::channel::<()>();
            let customer = wash(&pool, &places, move || {
                let _ = begin.send(());
                let _ = ended.recv_timeout(PATIENCE);
            });
            let mut customer = Box::pin(customer);
            let waits = customer.as_mut().now_or_never().is_none();
            assert!(waits, "the customer waited with the thread");
            begun.recv_timeout(PATIENCE).expect("the machine begins");
            drop(customer);
            let while_it_runs = places.available_permits();
            drop(end);
            drop(block_on(places.acquire()));
            (while_it_runs, places.available_permits())
        });
        assert_eq!(free.0, 0, "free places while the machine runs");
        assert_eq!(free.1, 1, "free places afterward");
    }

    #[test]
    fn of_many_customers_some_leave_and_the_bound_is_kept() {
        let peak = Peak::new();
        let machines = peak.clone();
        within(LIMIT, move || {
            let (pool, places) = launderette(4, 2);
            let customers = (0..20).map(async |number: usize| {
                let peak = peak.clone();
                let (begin, begun) = oneshot::channel();
                let washing = wash(&pool, &places, move || {
                    let _at_work = peak.enter();
                    let _ = begin.send(());
                    number
                });
                if number < 10 {
                    assert_eq!(washing.await, number);
                } else {
                    select(pin!(washing), begun).await;
                }
            });
            block_on(join_all(customers));
            let all = block_on(places.acquire_many(2));
            assert!(all.is_ok(), "both places come back");
        });
        assert!(
            machines.max() <= 2,
            "machines at work at once, for two places: {}",
            machines.max()
        );
        assert_eq!(machines.total(), 20, "each of them ran");
    }

    #[test]
    fn the_machines_run_on_the_pool() {
        let names = within(LIMIT, || {
            let (pool, places) = launderette(2, 2);
            let name = || thread::current().name().unwrap_or("a thread without a name").to_owned();
            let machines = (0..6).map(|_| wash(&pool, &places, name));
            block_on(join_all(machines))
        });
        let of_the_pool = names.iter().all(|name| name.starts_with("pool "));
        assert!(of_the_pool, "machines ran on {names:?}");
    }

    #[test]
    fn who_waits_for_a_place_holds_no_thread_of_the_pool() {
        let (ran, woken) = within(LIMIT, || {
            let (pool, places) = launderette(3, 1);
            let (end, ended) = mpsc::channel::<()>();
            let (begin, begun) = mpsc::channel();
            let mut first = Box::pin(wash(&pool, &places, move || {
                let _ = begin.send(());
                let _ = ended.recv_timeout(PATIENCE);
            }));
            assert!(first.as_mut().now_or_never().is_none(), "the customer waited with the thread");
            begun.recv_timeout(PATIENCE).expect("the machine begins");
            // Five wait for the one place, and the pool has two threads more.
            let wakes = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&wakes);
            let waker =
                exercises::hooked(|| (), move || _ = counted.fetch_add(1, Ordering::Relaxed));
            let mut others: Vec<_> =
                (0..5).map(|_| Box::pin(wash(&pool, &places, || ()))).collect();
            for other in &mut others {
                let polled = other.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending(), "there was one place for two");
            }
            let (run, ran) = mpsc::channel();
            pool.spawn(move || _ = run.send(()));
            let ran = ran.recv_timeout(PATIENCE).is_ok();
            let woken = wakes.load(Ordering::Relaxed);
            drop(end);
            block_on(join_all(others));
            (ran, woken)
        });
        assert!(ran, "customers who wait for a place held all threads of the pool");
        assert_eq!(woken, 0, "a customer asked again and again for a place");
    }

    #[test]
    fn all_places_are_used() {
        for many in [2, 9] {
            let met = within(LIMIT, move || {
                let ((pool, places), all) = (launderette(many, many), Rendezvous::new(many));
                let customer = |_| {
                    let all = all.clone();
                    wash(&pool, &places, move || all.meet(PATIENCE).is_ok())
                };
                block_on(join_all((0..many).map(customer)))
            });
            assert_eq!(met, vec![true; many], "whether {many} machines were at work at once");
        }
    }

    #[test]
    fn a_customer_does_not_wait_with_the_thread() {
        let met = within(LIMIT, || {
            let ((pool, places), pair) = (launderette(1, 1), Rendezvous::new(2));
            let there = pair.clone();
            let washing = wash(&pool, &places, move || there.meet(PATIENCE).is_ok());
            let other = pair.meet_async().then(|()| future::pending::<()>());
            match block_on(select(pin!(washing), other)) {
                Either::Left((met, _)) => met,
                Either::Right(_) => unreachable!("the other never ends"),
            }
        });
        assert!(met, "on this thread nobody else had a turn while the machine ran");
    }

    #[test]
    fn a_place_that_comes_back_early_is_taken_once() {
        let most = within(LIMIT, || {
            let ((pool, places), peak, pair) = (launderette(2, 1), Peak::new(), Rendezvous::new(2));
            // Both threads are busy when the first customer comes, and leaves.
            let ends = [(); 2].map(|()| {
                let ((begin, begun), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
                pool.spawn(move || {
                    let _ = begin.send(());
                    let _ = ended.recv_timeout(PATIENCE);
                });
                begun.recv_timeout(PATIENCE).expect("a thread is free");
                end
            });
            let customer = || {
                let (peak, pair) = (peak.clone(), pair.clone());
                Box::pin(wash(&pool, &places, move || {
                    let _at_work = peak.enter();
                    let _ = pair.meet(Duration::from_millis(300));
                }))
            };
            let mut first = customer();
            assert!(first.as_mut().now_or_never().is_none(), "no thread was free");
            drop(first);
            let mut second = customer();
            assert!(second.as_mut().now_or_never().is_none(), "no thread was free");
            drop(ends);
            block_on(second);
            peak.max()
        });
        assert_eq!(most, 1, "machines at work at once, for one place: one customer left early");
    }
}
