// Do the work, and remind somebody of it: whenever an interval is over and the work is not, call
// `remind` and begin the next interval. Return what the work returned. If the work ends at the very
// moment at which an interval is over, nobody is reminded. This does not compile. Repair it.
//
// How it is judged: by the moments of the reminders and of the end, on a clock that moves only when
// everybody waits. The work is done once, and is not stopped. Any future must be accepted as work.
//
// Lesson: chapter-01 pin

use futures::executor::block_on;
use futures::future::{Either, select};
use std::pin::pin;

async fn with_reminders<T>(
    work: impl Future<Output = T>,
    interval: impl AsyncFn(),
    mut remind: impl FnMut(),
) -> T {
    let mut work = pin!(work);
    loop {
        match select(work.as_mut(), pin!(interval())).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), _)) => remind(),
        }
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let work = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            "done"
        };
        let interval = async || tokio::task::yield_now().await;
        println!("{}", block_on(with_reminders(work, interval, || println!("do not forget"))));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Drops, Log, polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// Works for so many seconds, three times. Returns the seconds of the reminders, the second of
    /// the end, and how often the work began.
    fn remind(steps: [u64; 3], every: u64) -> (Vec<u64>, u64, usize) {
        let (reminders, begun) = (Log::new(), Log::new());
        let (reminded, begins) = (reminders.clone(), begun.clone());
        let end = within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let start = Instant::now();
                let work = async {
                    begins.push(());
                    for step in steps {
                        sleep(Duration::from_secs(step)).await;
                    }
                    "the work's own words".to_owned()
                };
                let interval = async || sleep(Duration::from_secs(every)).await;
                let remind = || reminded.push(start.elapsed().as_secs());
                assert_eq!(with_reminders(work, interval, remind).await, "the work's own words");
                start.elapsed().as_secs()
            })
        });
        (reminders.events(), end, begun.len())
    }

    #[test]
    fn it_reminds_while_the_work_goes_on() {
        assert_eq!(remind([10, 10, 15], 10), (vec![10, 20, 30], 35, 1));
        assert_eq!(remind([1, 2, 4], 3), (vec![3, 6], 7, 1));
        // However long it takes.
        assert_eq!(remind([500, 500, 201], 1), ((1..=1_200).collect(), 1_201, 1));
    }

    #[test]
    fn it_reminds_and_then_begins_the_next_interval() {
        let events = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, events) = (Instant::now(), Log::new());
                let note = |what| events.push((what, start.elapsed().as_secs()));
                // Two of them are over at once.
                let lengths = RefCell::new(vec![9, 4, 0, 0, 3]);
                let interval = async || {
                    note("begins");
                    let length = lengths.borrow_mut().pop().expect("the work ends before");
                    if length > 0 {
                        sleep(Duration::from_secs(length)).await;
                    }
                };
                let work = sleep(Duration::from_secs(10));
                with_reminders(work, interval, || note("reminded")).await;
                events.events()
            })
        });
        let reminded = |at| [("reminded", at), ("begins", at)];
        let expected = [&[("begins", 0)][..], &[3, 3, 3, 7].map(reminded).concat()].concat();
        assert_eq!(events, expected, "intervals of 3 s, 0, 0, 4 s, 9 s, and work of 10 s");
    }

    #[test]
    fn short_work_is_not_reminded_of() {
        assert_eq!(remind([1, 1, 1], 10), (vec![], 3, 1));
        assert_eq!(remind([0, 0, 0], 10), (vec![], 0, 1));
    }

    #[test]
    fn work_that_ends_with_an_interval_is_not_reminded_of() {
        // Many times: who asks one of the two at random is right half of the time.
        for _ in 0..20 {
            assert_eq!(remind([4, 3, 3], 10), (vec![], 10, 1));
            assert_eq!(remind([1, 1, 1], 1), (vec![1, 2], 3, 1));
        }
    }

    #[test]
    fn it_is_polled_only_when_there_is_news() {
        let polls = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let work = async || sleep(Duration::from_millis(36_501)).await;
                let interval = async || sleep(Duration::from_millis(10_003)).await;
                let (waiting, polls) = polls(with_reminders(work(), interval, || ()));
                waiting.await;
                polls
            })
        });
        assert!(polls.count() <= 8, "{} polls for three reminders and an end", polls.count());
    }

    #[test]
    fn work_that_is_there_at_once_ends_it_at_once() {
        let drops = Drops::new();
        let guard = drops.guard();
        let seven = within(LIMIT, || {
            let work = async {
                guard.finish();
                7
            };
            futures::executor::block_on(with_reminders(
                work,
                async || std::future::pending().await,
                || panic!("nothing to be reminded of"),
            ))
        });
        assert_eq!((seven, drops.finished()), (7, 1));
    }
}
