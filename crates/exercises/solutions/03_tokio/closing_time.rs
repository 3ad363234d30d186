// A laundry washes each bag as it comes, in a task of its own. The sign in the window ends this:
// - `Closing`: accept no bag anymore, wash all that were accepted, those in the channel too, and
//   return as soon as the last is done. (The same when all customers are gone.)
// - `LightsOut`: accept no bag anymore, end what is left, wait until its tasks are gone, and return.
// The report names each accepted bag once, in any order: as done, or as not done, because its task
// was ended, or never spawned, or panicked. A bag whose task had ended by itself is done, even if
// nobody had looked at its task yet. A bag is accepted when the `send` of its customer returns `Ok`.
// The page uses tokio-util, which is not here: `watch` and `JoinSet` do (see channels and spawn).
//
// How it is judged: customers bring bags until one is refused, and some wait at a full channel. Each
// bag that was accepted must be in the report. The moment of the return counts, the polls, and the
// tasks that are left by then.
//
// Lesson: chapter-03 shutdown

use std::collections::HashSet;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Open,
    Closing,
    LightsOut,
}

#[derive(Debug, Default, PartialEq)]
struct Report {
    done: Vec<u32>,
    not_done: Vec<u32>,
}

async fn run_laundry<F>(
    mut bags: mpsc::Receiver<u32>,
    mut sign: watch::Receiver<Sign>,
    wash: impl Fn(u32) -> F,
) -> Report
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut lights = sign.clone();
    let (mut tasks, mut left, mut done) = (JoinSet::new(), HashSet::new(), Vec::new());
    let (mut open, mut more) = (true, true);
    while more || !tasks.is_empty() {
        tokio::select! {
            biased;
            Ok(_) = lights.wait_for(|sign| *sign == Sign::LightsOut) => break,
            Ok(_) = sign.wait_for(|sign| *sign != Sign::Open), if open => {
                open = false;
                bags.close();
            }
            bag = bags.recv(), if more => match bag {
                Some(bag) => {
                    left.insert(bag);
                    let washing = wash(bag);
                    tasks.spawn(async move {
                        washing.await;
                        bag
                    });
                }
                None => more = false,
            },
            Some(end) = tasks.join_next() => {
                // A bag whose task panicked stays in `left`.
                if let Ok(bag) = end {
                    left.remove(&bag);
                    done.push(bag);
                }
            }
        }
    }
    // Closed first, and then received to the end: a customer may be about to put a bag in. The tasks
    // do not wait for that.
    bags.close();
    tasks.abort_all();
    while let Some(bag) = bags.recv().await {
        left.insert(bag);
    }
    // Some may have ended by themselves: that is news, too.
    while let Some(end) = tasks.join_next().await {
        if let Ok(bag) = end {
            left.remove(&bag);
            done.push(bag);
        }
    }
    Report { done, not_done: left.into_iter().collect() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (customers, bags) = mpsc::channel(10);
    let (sign, seen) = watch::channel(Sign::Open);
    customers.send(1).await.expect("the laundry is there");
    sign.send_replace(Sign::Closing);
    let wash = |bag| async move { println!("bag {bag} is washed") };
    println!("{:?}", run_laundry(bags, seen, wash).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::{mpsc, watch};
    use tokio::time::{Instant, sleep, sleep_until};
    use witness::{Drops, Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// How many bags were accepted, those done, those not done, the millisecond of the return.
    type Seen = (u32, Vec<u32>, Vec<u32>, u128);

    /// Plays a day. Each second a customer brings a bag: 1, 2, …, but no more than `bags`. A wash
    /// takes `takes(bag)` seconds. The laundry begins a moment after second `begin`, and the sign
    /// is turned half a second after the given ones.
    fn day(bags: u32, takes: fn(u32) -> u64, begin: u64, turns: &'static [(u64, Sign)]) -> Seen {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, drops, polls) = (Instant::now(), Drops::new(), Polls::new());
                let at = |ms| sleep_until(start + Duration::from_millis(ms));
                let (customers, laundry) = mpsc::channel(100);
                let (sign, seen) = watch::channel(Sign::Open);
                let bring = async move {
                    let mut last = 0;
                    while last < bags && customers.send(last + 1).await.is_ok() {
                        last += 1;
                        sleep(Duration::from_secs(1)).await;
                    }
                    last
                };
                let turn = async {
                    for &(second, turned) in turns {
                        at(1000 * second + 500).await;
                        sign.send_replace(turned);
                    }
                };
                let wash = |bag| {
                    let guard = drops.guard();
                    async move {
                        sleep(Duration::from_secs(takes(bag))).await;
                        assert_ne!(bag, 13, "bag 13 panics on purpose");
                        guard.finish();
                    }
                };
                let run = async {
                    at(1000 * begin + 100).await;
                    let running = polls.watch(run_laundry(laundry, seen, wash));
                    let Report { mut done, mut not_done } = running.await;
                    assert_eq!(drops.alive(), 0, "tasks that are left when it returns");
                    assert_eq!(drops.finished(), done.len(), "bags that were really done");
                    done.sort();
                    not_done.sort();
                    (done, not_done, start.elapsed().as_millis())
                };
                let (last, (), (done, not_done, second)) = tokio::join!(bring, turn, run);
                // Customers and the sign share its task, so it is polled for them, too.
                let most = 6 * last as usize + 20;
                assert!(polls.count() <= most, "{} polls for {last} bags", polls.count());
                (last, done, not_done, second)
            })
        })
    }

    #[test]
    fn closing_it_refuses_new_bags_and_washes_the_others() {
        let seen = day(60, |_| 10, 0, &[(4, Sign::Closing)]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 14_000), "accepted, done, not done, ms");
        // Nothing is left to do when it closes.
        let seen = day(60, |_| 0, 0, &[(4, Sign::Closing)]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 4_500), "accepted, done, not done, ms");
    }

    #[test]
    fn what_is_in_the_channel_was_accepted() {
        let seen = day(60, |_| 10, 8, &[(4, Sign::Closing)]);
        assert_eq!(seen, (9, (1..=9).collect(), vec![], 18_100), "accepted, done, not done, ms");
        let seen = day(60, |_| 10, 8, &[(4, Sign::Closing), (6, Sign::LightsOut)]);
        assert_eq!(seen, (9, vec![], (1..=9).collect(), 8_100), "accepted, done, not done, ms");
    }

    #[test]
    fn when_all_customers_are_gone_it_finishes() {
        let seen = day(5, |bag| 20 - u64::from(bag), 0, &[]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 19_100), "accepted, done, not done, ms");
    }

    #[test]
    fn lights_out_ends_what_is_left() {
        let takes = |bag| if bag % 2 == 0 { 1 } else { 90 };
        let seen = day(60, takes, 0, &[(4, Sign::Closing), (6, Sign::LightsOut)]);
        assert_eq!(seen, (5, vec![2, 4], vec![1, 3, 5], 6_500), "it had closed before");
        let seen = day(60, takes, 0, &[(2, Sign::LightsOut)]);
        assert_eq!(seen, (3, vec![2], vec![1, 3], 2_500), "it was open until then");
    }

    #[test]
    fn lights_out_ends_the_tasks_although_a_customer_has_a_place() {
        let (left, report) = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (customers, laundry) = mpsc::channel(10);
                let (sign, seen) = watch::channel(Sign::Open);
                let drops = Drops::new();
                let customer = async {
                    customers.send(1).await.expect("there is room");
                    // A place in the channel, for a bag that never comes.
                    let place = customers.reserve().await.expect("there is room");
                    sleep(Duration::from_secs(1)).await;
                    sign.send_replace(Sign::Closing);
                    sleep(Duration::from_secs(1)).await;
                    sign.send_replace(Sign::LightsOut);
                    sleep(Duration::from_secs(1)).await;
                    let left = drops.alive();
                    drop(place);
                    left
                };
                let wash = |_| {
                    let guard = drops.guard();
                    async move {
                        let _guard = guard;
                        sleep(Duration::from_secs(90)).await;
                    }
                };
                tokio::join!(customer, run_laundry(laundry, seen, wash))
            })
        });
        assert_eq!(left, 0, "tasks that go on a second after the lights went out");
        assert_eq!(report, Report { done: vec![], not_done: vec![1] });
    }

    #[test]
    fn what_has_ended_by_itself_is_done() {
        // The wash of bag 3 turns the sign, and has ended when the laundry looks at it.
        let (accepted, report) = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (customers, laundry) = mpsc::channel(10);
                let (sign, seen) = watch::channel(Sign::Open);
                for bag in 1..=5 {
                    customers.send(bag).await.expect("there is room");
                }
                let sign = std::sync::Arc::new(sign);
                let wash = |bag| {
                    let sign = std::sync::Arc::clone(&sign);
                    async move {
                        sleep(Duration::from_secs(if bag <= 3 { 5 } else { 90 })).await;
                        if bag == 3 {
                            // The last of the three to end: the others have ended before.
                            tokio::task::yield_now().await;
                            tokio::task::yield_now().await;
                            sign.send_replace(Sign::LightsOut);
                        }
                    }
                };
                let mut report = run_laundry(laundry, seen, wash).await;
                report.done.sort();
                report.not_done.sort();
                let refused = customers.send(6).await.is_err();
                (refused, report)
            })
        });
        assert!(accepted, "a bag was accepted when nobody was there anymore");
        assert_eq!(report, Report { done: vec![1, 2, 3], not_done: vec![4, 5] });
    }

    #[test]
    fn who_waits_at_a_full_channel_is_refused_or_in_the_report() {
        let turns = [Sign::Closing, Sign::LightsOut];
        for (begin, turn) in turns.into_iter().flat_map(|turn| [(0, turn), (2, turn)]) {
            let (mut accepted, mut reported) = within(LIMIT, move || {
                let runtime =
                    Builder::new_current_thread().enable_time().start_paused(true).build();
                runtime.expect("it takes no thread").block_on(async {
                    let (customers, laundry) = mpsc::channel(2);
                    let (sign, seen) = watch::channel(Sign::Open);
                    let accepted = Log::new();
                    for bag in 1..=20 {
                        let (customers, accepted) = (customers.clone(), accepted.clone());
                        tokio::spawn(async move {
                            if customers.send(bag).await.is_ok() {
                                accepted.push(bag);
                            }
                        });
                    }
                    drop(customers);
                    let turning = async {
                        sleep(Duration::from_secs(1)).await;
                        sign.send_replace(turn);
                    };
                    let running = async {
                        sleep(Duration::from_secs(begin)).await;
                        run_laundry(laundry, seen, |_| sleep(Duration::from_secs(5))).await
                    };
                    let ((), Report { done, not_done }) = tokio::join!(turning, running);
                    sleep(Duration::from_secs(1)).await;
                    (accepted.events(), [done, not_done].concat())
                })
            });
            accepted.sort();
            reported.sort();
            assert_eq!(accepted, reported, "bags accepted, and in the report, at {turn:?}");
        }
    }

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    #[test]
    fn a_bag_that_is_just_laid_in_is_in_the_report() {
        let report = paused(async || {
            let (customers, laundry) = mpsc::channel(9);
            let (sign, seen) = watch::channel(Sign::Open);
            // This customer has a place in the channel, and lays the bag in a second later.
            let place = customers.clone().reserve_owned().await.expect("there is room");
            let bring = async {
                sign.send_replace(Sign::LightsOut);
                sleep(Duration::from_secs(1)).await;
                place.send(7);
            };
            let wash = |_| sleep(Duration::from_secs(5));
            tokio::join!(run_laundry(laundry, seen, wash), bring).0
        });
        assert_eq!(report, Report { done: vec![], not_done: vec![7] }, "`send` has said `Ok`");
    }

    #[test]
    fn lights_out_nobody_is_accepted_while_the_tasks_go() {
        /// A customer who tries to bring one more bag when a wash is ended.
        struct Late(mpsc::Sender<u32>, Log<bool>);
        impl Drop for Late {
            fn drop(&mut self) {
                self.1.push(self.0.try_send(9).is_ok());
            }
        }
        let accepted = paused(async || {
            let (customers, laundry) = mpsc::channel(9);
            let (sign, seen) = watch::channel(Sign::Open);
            customers.send(1).await.expect("there is room");
            let accepted = Log::new();
            let wash = |_| {
                let late = Late(customers.clone(), accepted.clone());
                async move {
                    let _late = late;
                    std::future::pending().await
                }
            };
            let turn = async {
                sleep(Duration::from_secs(1)).await;
                sign.send_replace(Sign::LightsOut);
            };
            tokio::join!(run_laundry(laundry, seen, wash), turn);
            accepted.events()
        });
        assert_eq!(accepted, [false], "whether a bag was accepted while the lights were out");
    }

    #[test]
    fn lights_go_out_for_the_last_bags_too() {
        let seen = day(3, |_| 90, 0, &[(6, Sign::LightsOut)]);
        assert_eq!(seen, (3, vec![], vec![1, 2, 3], 6_500), "all customers were gone before");
    }

    #[test]
    fn a_thousand_bags_are_washed_at_once_and_ended_at_once() {
        for (turn, expected) in [(Sign::Closing, (1_100, 0, 10)), (Sign::LightsOut, (0, 1_100, 1))]
        {
            let (seen, left) = paused(async move || {
                let (start, drops) = (Instant::now(), Drops::new());
                let (customers, laundry) = mpsc::channel(1_100);
                let (sign, seen) = watch::channel(Sign::Open);
                (0..1_100).for_each(|bag| customers.try_send(bag).expect("there is room"));
                let wash = |_| {
                    let guard = drops.guard();
                    async move {
                        sleep(Duration::from_secs(10)).await;
                        guard.finish();
                    }
                };
                let turning = async {
                    sleep(Duration::from_secs(1)).await;
                    sign.send_replace(turn);
                };
                let (report, ()) = tokio::join!(run_laundry(laundry, seen, wash), turning);
                let second = start.elapsed().as_secs();
                ((report.done.len(), report.not_done.len(), second), drops.alive())
            });
            assert_eq!(seen, expected, "done, not done, and the second of the return, {turn:?}");
            assert_eq!(left, 0, "tasks that are left when it returns, {turn:?}");
        }
    }

    #[test]
    fn a_bag_whose_task_panicked_is_not_done() {
        let seen = day(60, |_| 3, 0, &[(14, Sign::Closing)]);
        let others = (1..=15).filter(|&bag| bag != 13).collect();
        assert_eq!(seen, (15, others, vec![13], 17_000), "accepted, done, not done, ms");
    }
}
