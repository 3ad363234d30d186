// A hut in the mountains is called by radio. Often nobody hears it, and then one calls again: after
// a pause of one second, then of two, then of four, and so on. All of this, calls and pauses, must
// be over by one moment: `until`.
//
// What is wanted: `call(n)` is the nth call, counted from 1. An answer is returned.
// `Failure::Closed` is final and is returned at once. `Failure::Noise` is worth another call. If
// the next call could not begin before `until`, nobody waits for it: the return comes at once. A
// call that is still under way at `until` is dropped; an answer that comes at that very moment
// counts. The first call is made in any case, also if `until` is over: then only what it says at
// once counts. Who runs out of time gets the last noise, if there was any. One call at a time, no
// task, and no call is made anew without a pause.
//
// How it is judged: on a clock that moves only when everybody waits, by the moments at which calls
// begin and at which `reach` returns. Polls are counted. Guards note which calls were dropped.
//
// Lesson: chapter-03 timeout

use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

#[derive(Debug, PartialEq)]
enum Failure {
    /// The hut is closed for the winter.
    Closed,
    /// Nobody has understood a word. This was heard.
    Noise(&'static str),
}

#[derive(Debug, PartialEq)]
enum Unreached {
    Closed,
    /// It was time to stop. The last noise, if any.
    TimeUp(Option<&'static str>),
}

/// The pause after the first call. Each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

async fn reach<T>(
    until: Instant,
    mut call: impl AsyncFnMut(u32) -> Result<T, Failure>,
) -> Result<T, Unreached> {
    // TODO: one end for all calls and pauses.
    let mut pause = PAUSE;
    for nth in 1.. {
        match timeout_at(until, call(nth)).await {
            Ok(Ok(answer)) => return Ok(answer),
            _ => sleep(pause).await,
        }
        pause *= 2;
    }
    unreachable!("there is always another call")
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::future::pending;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Drops, Log, Peak, Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// How a call ends, and after how many milliseconds.
    #[derive(Clone, Copy)]
    enum Call {
        Noise(u64, &'static str),
        Closed(u64),
        Answer(u64),
        Never,
    }

    use Call::{Answer, Closed, Never, Noise};

    #[derive(Debug, PartialEq)]
    struct Seen {
        outcome: Result<u32, Unreached>,
        /// When each call began, and when `reach` returned, in milliseconds.
        calls: Vec<u128>,
        end: u128,
    }

    struct Treated {
        /// Calls that were dropped before they ended, and those that are still there.
        dropped: (usize, usize),
        /// The most calls at once.
        peak: usize,
        polls: usize,
        for_nothing: usize,
    }

    /// Calls until so many milliseconds have passed. After the last of these calls come others that
    /// hear a hiss at once.
    fn reached(until: u64, calls: &[Call]) -> (Seen, Treated) {
        let mut calls: VecDeque<Call> = calls.iter().copied().collect();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, begun, drops) = (Instant::now(), Log::new(), Drops::new());
                let (peak, polls) = (Peak::new(), Polls::new());
                let call = async |nth: u32| {
                    let (guard, _call) = (drops.guard(), peak.enter());
                    begun.push((nth, start.elapsed().as_millis()));
                    let outcome = match calls.pop_front().unwrap_or(Noise(0, "hiss")) {
                        Noise(takes, heard) => (takes, Err(Failure::Noise(heard))),
                        Closed(takes) => (takes, Err(Failure::Closed)),
                        Answer(takes) => (takes, Ok(nth)),
                        Never => pending().await,
                    };
                    if outcome.0 > 0 {
                        sleep(Duration::from_millis(outcome.0)).await;
                    }
                    guard.finish();
                    outcome.1
                };
                let until = start + Duration::from_millis(until);
                let outcome = polls.watch(reach(until, call)).await;
                let end = start.elapsed().as_millis();
                let (numbers, calls): (Vec<u32>, _) = begun.events().into_iter().unzip();
                let expected: Vec<u32> = (1..).take(numbers.len()).collect();
                assert_eq!(numbers, expected, "the numbers of the calls, counted from 1");
                let treated = Treated {
                    dropped: (drops.canceled(), drops.alive()),
                    peak: peak.max(),
                    polls: polls.count(),
                    for_nothing: polls.spurious(),
                };
                (Seen { outcome, calls, end }, treated)
            })
        })
    }

    fn seen(outcome: Result<u32, Unreached>, calls: &[u128], end: u128) -> Seen {
        Seen { outcome, calls: calls.to_vec(), end }
    }

    fn time_up(noise: impl Into<Option<&'static str>>) -> Result<u32, Unreached> {
        Err(Unreached::TimeUp(noise.into()))
    }

    #[test]
    fn an_answer_is_returned_at_once() {
        assert_eq!(reached(60_000, &[Answer(700)]).0, seen(Ok(1), &[0], 700));
        let (after_noise, _) = reached(60_000, &[Noise(300, "krrr"), Answer(200)]);
        assert_eq!(after_noise, seen(Ok(2), &[0, 1_300], 1_500), "a pause of 1 s after the noise");
    }

    #[test]
    fn the_pauses_double() {
        let noise = Noise(10, "krrr");
        let (seen_pauses, _) = reached(600_000, &[noise, noise, noise, noise, noise, Answer(5)]);
        let calls = [0, 1_010, 3_020, 7_030, 15_040, 31_050];
        assert_eq!(seen_pauses, seen(Ok(6), &calls, 31_055), "pauses of 1, 2, 4, 8 and 16 s");
    }

    #[test]
    fn closed_is_final() {
        let closed = Err(Unreached::Closed);
        let (now, _) = reached(60_000, &[Noise(10, "krrr"), Closed(20), Answer(1)]);
        assert_eq!(now, seen(closed, &[0, 1_010], 1_030), "another call reaches nobody");
        let (first, _) = reached(0, &[Closed(0), Answer(1)]);
        assert_eq!(first, seen(Err(Unreached::Closed), &[0], 0));
    }

    #[test]
    fn a_call_is_dropped_when_time_is_up() {
        let (never, treated) = reached(5_000, &[Never, Answer(1)]);
        assert_eq!(never, seen(time_up(None), &[0], 5_000), "there was no noise");
        assert_eq!(treated.dropped, (1, 0), "calls that were dropped, and that are still there");
        let (second, treated) = reached(5_000, &[Noise(500, "krrr"), Answer(4_000)]);
        assert_eq!(second, seen(time_up("krrr"), &[0, 1_500], 5_000), "one end for both calls");
        assert_eq!(treated.dropped, (1, 0), "calls that were dropped, and that are still there");
    }

    #[test]
    fn the_last_noise_is_kept() {
        let calls = [Noise(10, "krrr"), Noise(10, "brzz"), Noise(10, "fiep"), Never];
        let (kept, _) = reached(20_000, &calls);
        assert_eq!(kept, seen(time_up("fiep"), &[0, 1_010, 3_020, 7_030], 20_000));
        let (hiss, _) = reached(20_000, &calls[..2]);
        assert_eq!(hiss, seen(time_up("hiss"), &[0, 1_010, 3_020, 7_020, 15_020], 15_020));
    }

    #[test]
    fn nobody_waits_for_a_call_that_cannot_begin() {
        let (late, _) = reached(2_500, &[Noise(10, "krrr"), Noise(10, "brzz")]);
        assert_eq!(late, seen(time_up("brzz"), &[0, 1_010], 1_020), "2 s later it is too late");
        let (at_the_end, _) = reached(1_500, &[Noise(500, "krrr"), Answer(0)]);
        let expected = seen(time_up("krrr"), &[0], 500);
        assert_eq!(at_the_end, expected, "a call at `until` does not begin before `until`");
        let (just, _) = reached(1_501, &[Noise(500, "krrr"), Answer(1)]);
        assert_eq!(just, seen(Ok(2), &[0, 1_500], 1_501), "a call a millisecond before it does");
    }

    #[test]
    fn an_answer_at_the_last_moment_counts() {
        for _ in 0..20 {
            assert_eq!(reached(5_000, &[Answer(5_000)]).0, seen(Ok(1), &[0], 5_000));
            let (second, _) = reached(5_000, &[Noise(500, "krrr"), Answer(3_500)]);
            assert_eq!(second, seen(Ok(2), &[0, 1_500], 5_000));
            let (noise, _) = reached(5_000, &[Noise(5_000, "krrr")]);
            assert_eq!(noise, seen(time_up("krrr"), &[0], 5_000), "so does noise");
        }
    }

    #[test]
    fn the_first_call_is_made_in_any_case() {
        assert_eq!(reached(0, &[Answer(0)]).0, seen(Ok(1), &[0], 0), "it answers at once");
        assert_eq!(reached(0, &[Noise(0, "krrr")]).0, seen(time_up("krrr"), &[0], 0));
        assert_eq!(reached(0, &[Never]).0, seen(time_up(None), &[0], 0), "no time to wait");
    }

    #[test]
    fn one_call_at_a_time_and_no_poll_for_nothing() {
        let (_, treated) = reached(600_000, &[Noise(900, "krrr"); 8]);
        assert_eq!(treated.peak, 1, "the most calls at once");
        assert_eq!(treated.for_nothing, 0, "polls that nobody asked for");
        // Nine calls with pauses up to 256 s: each call and each pause ends once.
        assert!(
            treated.polls <= 20,
            "{} polls for 9 calls: it asks again and again",
            treated.polls
        );
    }

    #[test]
    fn there_is_no_last_call_but_the_end() {
        // After 24 pauses, the next one would last for half a year.
        let (seen, _) = reached(365 * 24 * 60 * 60 * 1_000, &[]);
        assert_eq!(seen.outcome, time_up("hiss"));
        assert_eq!(seen.calls.len(), 25, "calls in a year");
    }
}
