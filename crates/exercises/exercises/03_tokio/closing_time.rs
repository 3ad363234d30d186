// A laundry washes each bag as it comes, in a task of its own. The sign in the window ends this:
// - `Closing`: accept no bag anymore, wash all that were accepted, those in the channel too, and
//   return as soon as the last is done. (The same when all customers are gone.)
// - `LightsOut`: end what is left, wait until its tasks are gone, and return.
// The report names each accepted bag once, in any order: as done, or as not done, because its task
// was ended, or never spawned, or panicked.
//
// How it is judged: customers bring bags until one is refused. Each that was accepted must be in
// the report. The second of the return counts, and the tasks that are left by then.

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
    // TODO: take bags until it closes, finish them until the lights go out, and report.
    todo!()
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
    use witness::{Drops, within};

    const LIMIT: Duration = Duration::from_secs(5);

    /// How many bags were accepted, those done, those not done, the second of the return.
    type Seen = (u32, Vec<u32>, Vec<u32>, u64);

    /// Plays a day. Each second a customer brings a bag: 1, 2, …, but no more than `bags`. A wash
    /// takes `takes(bag)` seconds. The laundry begins a moment after second `begin`, and the sign
    /// is turned half a second after the given ones.
    fn day(bags: u32, takes: fn(u32) -> u64, begin: u64, turns: &'static [(u64, Sign)]) -> Seen {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, drops) = (Instant::now(), Drops::new());
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
                    let Report { mut done, mut not_done } = run_laundry(laundry, seen, wash).await;
                    assert_eq!(drops.alive(), 0, "tasks that are left when it returns");
                    assert_eq!(drops.finished(), done.len(), "bags that were really done");
                    done.sort();
                    not_done.sort();
                    (done, not_done, start.elapsed().as_secs())
                };
                let (last, (), (done, not_done, second)) = tokio::join!(bring, turn, run);
                (last, done, not_done, second)
            })
        })
    }

    #[test]
    fn closing_it_refuses_new_bags_and_washes_the_others() {
        let seen = day(60, |_| 10, 0, &[(4, Sign::Closing)]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 14), "accepted, done, not done, second");
        // Nothing is left to do when it closes.
        let seen = day(60, |_| 0, 0, &[(4, Sign::Closing)]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 4), "accepted, done, not done, second");
    }

    #[test]
    fn what_is_in_the_channel_was_accepted() {
        let seen = day(60, |_| 10, 8, &[(4, Sign::Closing)]);
        assert_eq!(seen, (9, (1..=9).collect(), vec![], 18), "accepted, done, not done, second");
        let seen = day(60, |_| 10, 8, &[(4, Sign::Closing), (6, Sign::LightsOut)]);
        assert_eq!(seen, (9, vec![], (1..=9).collect(), 8), "accepted, done, not done, second");
    }

    #[test]
    fn when_all_customers_are_gone_it_finishes() {
        let seen = day(5, |bag| 20 - u64::from(bag), 0, &[]);
        assert_eq!(seen, (5, (1..=5).collect(), vec![], 19), "accepted, done, not done, second");
    }

    #[test]
    fn lights_out_ends_what_is_left() {
        let takes = |bag| if bag % 2 == 0 { 1 } else { 90 };
        let seen = day(60, takes, 0, &[(4, Sign::Closing), (6, Sign::LightsOut)]);
        assert_eq!(seen, (5, vec![2, 4], vec![1, 3, 5], 6), "it had closed before");
        let seen = day(60, takes, 0, &[(2, Sign::LightsOut)]);
        assert_eq!(seen, (3, vec![2], vec![1, 3], 2), "it was open until then");
    }

    #[test]
    fn a_bag_whose_task_panicked_is_not_done() {
        let seen = day(60, |_| 3, 0, &[(14, Sign::Closing)]);
        let others = (1..=15).filter(|&bag| bag != 13).collect();
        assert_eq!(seen, (15, others, vec![13], 17), "accepted, done, not done, second");
    }
}
