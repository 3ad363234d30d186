// A ferry does not wait. `in_time` boards it or sees it leave, whatever comes first. `any_of` takes
// the next of so many ferries when one has left.
//
// What is wanted: three outcomes, kept apart: aboard, left, refused. At the last moment is in time.
// A boarding that was too late is dropped, and begins anew at the next ferry. Who was refused tries
// no other. If there is no ferry at all, nobody boards, and all have left. No poll that nobody asked
// for. The standard library is enough.
//
// How it is judged: on a clock that moves only when everybody waits. Guards note what was dropped.
//
// Lesson: chapter-02 timeout

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

#[derive(Debug, PartialEq)]
enum Ashore<E> {
    /// All ferries have left.
    Left,
    /// There was a ferry, and this is why it did not take us.
    Refused(E),
}

async fn in_time<T, E>(
    board: impl Future<Output = Result<T, E>>,
    leaves: impl Future<Output = ()>,
) -> Result<T, Ashore<E>> {
    let (mut board, mut leaves) = (pin!(board), pin!(leaves));
    // The boarding is asked first: at the last moment is in time.
    poll_fn(|cx| match board.as_mut().poll(cx) {
        Poll::Ready(boarded) => Poll::Ready(boarded.map_err(Ashore::Refused)),
        Poll::Pending => leaves.as_mut().poll(cx).map(|()| Err(Ashore::Left)),
    })
    .await
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    for _ in 0..ferries {
        match in_time(board(), leaves()).await {
            Err(Ashore::Left) => {}
            outcome => return outcome,
        }
    }
    Err(Ashore::Left)
}

fn main() {
    let leaves = async || ();
    let board = async || std::future::pending::<Result<(), &str>>().await;
    let limit = std::time::Duration::from_secs(5);
    let run = move || futures::executor::block_on(any_of(2, board, leaves));
    println!("with a truck that does not start: {:?}", witness::within(limit, run));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Drops, Peak, polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// The value, after so many seconds.
    async fn after<T>(seconds: u64, value: T) -> T {
        sleep(Duration::from_secs(seconds)).await;
        value
    }

    /// Runs a test on one thread, with a clock that moves when everybody waits. Returns what the
    /// test returns, and how many seconds it took.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> (T, u64) {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let start = Instant::now();
                (test().await, start.elapsed().as_secs())
            })
        })
    }

    #[test]
    fn who_is_in_time_is_aboard_or_refused() {
        let bike = paused(async || in_time(after(2, Ok::<_, ()>("a bike")), after(3, ())).await);
        assert_eq!(bike, (Ok("a bike"), 2));
        let full = paused(async || in_time(after(2, Err::<(), _>("full")), after(3, ())).await);
        assert_eq!(full, (Err(Ashore::Refused("full")), 2));
    }

    #[test]
    fn who_is_too_late_sees_it_leave_at_that_moment() {
        let never = pending::<Result<(), ()>>();
        let late = paused(async || in_time(never, after(3, ())).await);
        assert_eq!(late, (Err(Ashore::Left), 3), "the outcome, and after how many seconds");
    }

    #[test]
    fn a_poll_asks_the_boarding_once() {
        let (said, polls) = within(LIMIT, || {
            let (board, polls) = polls(pending::<Result<(), ()>>());
            let mut left = [Poll::Ready(()), Poll::Pending].into_iter();
            let leaves = poll_fn(|_| left.next_back().expect("it leaves once"));
            let mut whole = pin!(in_time(board, leaves));
            let mut poll = || whole.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let _ = poll();
            (poll(), polls.count())
        });
        assert_eq!(said, Poll::Ready(Err(Ashore::Left)), "it left in the second poll");
        assert!(polls <= 2, "the boarding was asked {polls} times in two polls");
    }

    #[test]
    fn at_the_last_moment_is_in_time() {
        let last = paused(async || in_time(ready(Ok::<_, ()>("a dog")), ready(())).await);
        assert_eq!(last, (Ok("a dog"), 0), "both were ready in the same poll");
    }

    #[test]
    fn at_the_last_second_is_in_time_each_time() {
        // Many times: who asks one of the two at random is right half of the time.
        for _ in 0..20 {
            let last = paused(async || in_time(after(3, Ok::<_, ()>("a dog")), after(3, ())).await);
            assert_eq!(last, (Ok("a dog"), 3), "aboard in the second in which it left");
            let full = paused(async || in_time(after(3, Err::<(), _>("full")), after(3, ())).await);
            assert_eq!(full, (Err(Ashore::Refused("full")), 3), "refused in that second");
            let seen = tries(3, [30, 10, 4], Ok(()));
            let expected = Seen { outcome: Ok(()), seconds: 20, boardings: 2, dropped: 1, peak: 1 };
            assert_eq!(seen, expected, "10 seconds are enough for the second ferry");
        }
    }

    #[test]
    fn without_a_ferry_nobody_boards() {
        let (seen, outcome) = (tries(0, [0, 0, 0], Ok(())), Err(Ashore::Left));
        assert_eq!(seen, Seen { outcome, seconds: 0, boardings: 0, dropped: 0, peak: 0 });
    }

    #[test]
    fn one_ferry_is_one_boarding() {
        let (seen, outcome) = (tries(1, [30, 4, 4], Ok(())), Err(Ashore::Left));
        assert_eq!(seen, Seen { outcome, seconds: 10, boardings: 1, dropped: 1, peak: 1 });
    }

    #[test]
    fn no_poll_that_nobody_asked_for() {
        let (polls, _) = paused(async || {
            let (waiting, polls) = polls(in_time(pending::<Result<(), ()>>(), after(3, ())));
            let _ = waiting.await;
            polls
        });
        assert_eq!((polls.count(), polls.spurious()), (2, 0), "polls, and those for nothing");
        // However many have left: when one leaves, the next is asked in the same poll.
        let ((outcome, boardings, polls), seconds) = paused(async || {
            let peak = Peak::new();
            let board = async || {
                let _boarding = peak.enter();
                pending::<Result<(), ()>>().await
            };
            let (waiting, polls) = witness::polls(any_of(300, board, async || after(10, ()).await));
            (waiting.await, peak.total(), (polls.count(), polls.spurious()))
        });
        assert_eq!((outcome, boardings, seconds), (Err(Ashore::Left), 300, 3_000));
        assert_eq!(polls, (301, 0), "polls for 300 ferries that leave, and those for nothing");
    }

    #[derive(Debug, PartialEq)]
    struct Seen {
        outcome: Result<(), Ashore<&'static str>>,
        seconds: u64,
        boardings: usize,
        dropped: usize,
        /// The most boardings at once.
        peak: usize,
    }

    /// Tries so many ferries, 10 seconds each. The nth boarding takes `takes[n]` seconds.
    fn tries(ferries: usize, takes: [u64; 3], result: Result<(), &'static str>) -> Seen {
        let (peak, drops) = (Peak::new(), Drops::new());
        let (entered, guards) = (peak.clone(), drops.clone());
        let (outcome, seconds) = paused(async move || {
            let board = async || {
                let (nth, guard, _boarding) = (entered.total(), guards.guard(), entered.enter());
                after(takes[nth], guard).await.finish();
                result
            };
            any_of(ferries, board, async || after(10, ()).await).await
        });
        let (boardings, dropped, peak) = (peak.total(), drops.canceled(), peak.max());
        Seen { outcome, seconds, boardings, dropped, peak }
    }

    #[test]
    fn each_ferry_is_boarded_anew() {
        let seen = tries(3, [30, 30, 4], Ok(()));
        let expected = Seen { outcome: Ok(()), seconds: 24, boardings: 3, dropped: 2, peak: 1 };
        assert_eq!(seen, expected, "4 seconds are enough for the third ferry");
        let (seen, outcome) = (tries(3, [30, 30, 30], Ok(())), Err(Ashore::Left));
        assert_eq!(seen, Seen { outcome, seconds: 30, boardings: 3, dropped: 3, peak: 1 });
    }

    #[test]
    fn refused_is_refused_and_tries_no_other() {
        let (seen, outcome) =
            (tries(3, [30, 4, 4], Err("no dogs")), Err(Ashore::Refused("no dogs")));
        assert_eq!(seen, Seen { outcome, seconds: 14, boardings: 2, dropped: 1, peak: 1 });
    }
}
