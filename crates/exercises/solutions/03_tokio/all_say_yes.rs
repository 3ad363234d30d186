// Before a launch all stations are asked at the same time, each in a task of its own. If all say
// yes, return their answers in the order of the stations. If one says no, or its task panics,
// return that at once, and end the asking: when `ask_all` returns, no task is left. What a station
// says or does while it is ended does not count. The same is wanted when somebody drops `ask_all`;
// then the tasks may take a moment to go.
//
// How it is judged: by the moment of the return, on a clock that moves only when everybody waits, by
// a guard in each station that tells when it is dropped, and by the tasks in which they are asked.
//
// Lesson: chapter-03 try-join

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut asked = JoinSet::new();
    for (nth, station) in stations.into_iter().enumerate() {
        asked.spawn(async move { (nth, station.await) });
    }
    let mut answers = vec![0; asked.len()];
    while let Some(end) = asked.join_next().await {
        let no = match end {
            Ok((nth, Ok(answer))) => {
                answers[nth] = answer;
                continue;
            }
            Ok((_, Err(reason))) => No::Said(reason),
            Err(_) => No::Panicked,
        };
        asked.shutdown().await;
        return Err(no);
    }
    Ok(answers)
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let stations: Vec<Station> = vec![
        Box::pin(async { Ok(98) }),
        Box::pin(async { Err("there is a cow on the pad") }),
        Box::pin(std::future::pending()),
    ];
    println!("{:?}", ask_all(stations).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::task::Poll;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Drops, Log, Peak, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    /// A station that answers after so many seconds.
    fn station(drops: &Drops, seconds: u64, answer: Result<u32, &'static str>) -> Station {
        let guard = drops.guard();
        Box::pin(async move {
            sleep(Duration::from_secs(seconds)).await;
            assert_ne!(answer, Err("panic"), "this station panics on purpose");
            guard.finish();
            answer
        })
    }

    /// What was returned, in which second, how many stations were still there, and how many had
    /// been ended before they could answer.
    type Seen = (Result<Vec<u32>, No>, f64, usize, usize);

    fn ask(stations: &[(u64, Result<u32, &'static str>)]) -> Seen {
        let stations = stations.to_vec();
        paused(async || {
            let (start, drops) = (Instant::now(), Drops::new());
            let all =
                stations.into_iter().map(|(seconds, answer)| station(&drops, seconds, answer));
            let end = ask_all(all.collect()).await;
            (end, start.elapsed().as_secs_f64(), drops.alive(), drops.canceled())
        })
    }

    #[test]
    fn all_are_asked_at_once_and_answer_in_order() {
        let (end, seconds, ..) = ask(&[(30, Ok(1)), (10, Ok(2)), (20, Ok(3)), (10, Ok(4))]);
        assert_eq!(end, Ok(vec![1, 2, 3, 4]), "in the order of the stations");
        assert_eq!(seconds, 30.0, "all of them take as long as the slowest");
        assert_eq!(ask(&[]).0, Ok(vec![]));
    }

    #[test]
    fn the_first_no_ends_it_whoever_says_it() {
        let (no, yes) = (Err("wind"), Ok(1));
        let (end, seconds, ..) = ask(&[(90, yes), (40, Err("fuel")), (20, no), (70, yes)]);
        assert_eq!((end, seconds), (Err(No::Said("wind")), 20.0), "the first in time says no");
    }

    #[test]
    fn no_task_is_left_after_a_no() {
        let seen = ask(&[(5, Ok(1)), (90, Ok(2)), (20, Err("wind")), (70, Err("fuel"))]);
        assert_eq!(seen.2, 0, "stations that were still there when `ask_all` had returned");
        assert_eq!(seen.3, 2, "stations that were ended before they could answer");
    }

    #[test]
    fn however_many_they_are_no_task_is_left() {
        // One yield lets some of them go, and not all. The last of them is asked at once, too.
        let mut stations = vec![(90, Ok(1)); 1_100];
        stations[1_099] = (20, Err("wind"));
        let (end, seconds, left, _) = ask(&stations);
        assert_eq!((end, seconds), (Err(No::Said("wind")), 20.0));
        assert_eq!(left, 0, "of 1,100 stations, those that were there when `ask_all` had returned");
    }

    #[test]
    fn each_is_asked_in_a_task_of_its_own() {
        for stations in [9, 1] {
            let tasks = Log::new();
            let seen = tasks.clone();
            let end = paused(async move || {
                let asked = (0..stations).map(|number| -> Station {
                    let seen = seen.clone();
                    Box::pin(async move {
                        seen.push(tokio::task::try_id());
                        Ok(number)
                    })
                });
                ask_all(asked.collect()).await
            });
            assert_eq!(end, Ok((0..stations).collect()));
            // The caller has no task here: who is asked there is asked in none.
            let tasks: Option<HashSet<_>> = tasks.events().into_iter().collect();
            let asked = tasks.map(|tasks| tasks.len() as u32);
            assert_eq!(asked, Some(stations), "tasks in which {stations} stations were asked");
        }
    }

    #[test]
    fn what_an_ended_station_does_is_no_answer() {
        struct Sulks;
        impl Drop for Sulks {
            fn drop(&mut self) {
                panic!("this station panics on purpose, because it was ended");
            }
        }
        let end = paused(async || {
            let sulks = async {
                let _sulks = Sulks;
                std::future::pending().await
            };
            let drops = Drops::new();
            ask_all(vec![Box::pin(sulks), station(&drops, 20, Err("wind"))]).await
        });
        assert_eq!(end, Err(No::Said("wind")), "the first no is the one that is returned");
    }

    #[test]
    fn a_panic_is_a_no() {
        let (end, seconds, left, _) = ask(&[(90, Ok(1)), (30, Err("panic")), (80, Err("wind"))]);
        assert_eq!((end, seconds), (Err(No::Panicked), 30.0));
        assert_eq!(left, 0, "stations that were still there when `ask_all` had returned");
    }

    #[test]
    fn dropped_after_any_poll_it_leaves_no_task() {
        // The fifth of nine says no, and then the others are ended: a drop can come while they are.
        let left = paused(async || {
            let mut left = Vec::new();
            for most in 1..=20 {
                let drops = Drops::new();
                let stations = [90, 90, 90, 90, 1, 90, 90, 90, 90].map(|seconds| {
                    station(&drops, seconds, if seconds == 1 { Err("wind") } else { Ok(1) })
                });
                let (mut asking, mut polls) = (Box::pin(ask_all(stations.into())), 0);
                std::future::poll_fn(|cx| {
                    polls += 1;
                    let is_over = asking.as_mut().poll(cx).is_ready() || polls == most;
                    if is_over { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                drop(asking);
                sleep(Duration::from_secs(1)).await;
                left.push(drops.alive());
            }
            left
        });
        assert_eq!(left, [0; 20], "stations that were still there a second after a drop");
    }

    #[test]
    fn dropped_itself_it_leaves_no_task() {
        let (answered, tasks, left) = paused(async || {
            let (drops, tasks) = (Drops::new(), Peak::new());
            let stations = [10, 20, 30].map(|seconds| -> Station {
                let (station, tasks) = (station(&drops, seconds, Ok(1)), tasks.clone());
                Box::pin(async move {
                    let _asked = tasks.enter();
                    station.await
                })
            });
            let patience = Duration::from_secs(15);
            let answered = timeout(patience, ask_all(stations.into())).await.is_ok();
            sleep(Duration::from_secs(1)).await;
            (answered, tasks.max(), drops.alive())
        });
        assert_eq!((answered, tasks), (false, 3));
        assert_eq!(left, 0, "stations that were still there a second later");
    }
}
