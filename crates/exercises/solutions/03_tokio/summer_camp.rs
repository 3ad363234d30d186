// A summer camp sends children on errands: `camp` runs the `day`, and `send_out` starts an errand
// in a task of its own. Whoever has a `Camp` may send somebody out at any time, the errands too.
// - `camp` returns what the day returned, as soon as the day and all errands have ended. An errand
//   that was sent out late, by another errand, is waited for as well.
// - If an errand panics, `camp` drops the day, if it has not ended, and ends all other errands.
//   When they are gone, it panics with what the errand said, which is the first panic's if there
//   are more.
// - If `camp` is dropped, or the day panics, no errand goes on; they may take a moment to go.
// A day that has ended does not keep its `Camp`, and no errand passes one on to anybody outside of
// the camp. Only Tokio and `futures` are needed.
//
// How it is judged: by the moment of the return, on a clock that moves only when everybody waits,
// by a guard in each errand that tells when it is dropped, and by the tasks in which errands run.
// Polls are counted.
//
// Lesson: chapter-03 structured

use futures::future::BoxFuture;
use std::panic::resume_unwind;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[derive(Clone)]
struct Camp {
    /// Errands on which nobody was sent yet. `camp` has the other end.
    errands: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
}

impl Camp {
    fn send_out(&self, errand: impl Future<Output = ()> + Send + 'static) {
        // Nobody takes it when the camp is over.
        let _ = self.errands.send(Box::pin(errand));
    }
}

async fn camp<T>(day: impl AsyncFnOnce(&Camp) -> T) -> T {
    let (errands, mut next) = mpsc::unbounded_channel();
    let camp = Camp { errands };
    // The block owns the day's `Camp`: when the day has ended, it is gone.
    let mut day = Box::pin(async move { day(&camp).await });
    let (mut tasks, mut value, mut more) = (JoinSet::new(), None, true);
    let panic = loop {
        tokio::select! {
            Some(end) = tasks.join_next() => if let Err(error) = end {
                break error.into_panic();
            },
            errand = next.recv(), if more => match errand {
                Some(errand) => drop(tasks.spawn(errand)),
                None => more = false,
            },
            ended = &mut day, if value.is_none() => value = Some(ended),
            else => return value.expect("its `Camp` is gone, so the day has ended"),
        }
    };
    drop(day);
    tasks.shutdown().await;
    resume_unwind(panic)
}

fn main() {
    witness::within(Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let said = camp(async |camp| {
        let same = camp.clone();
        camp.send_out(async move {
            println!("wood is there");
            same.send_out(async { println!("the fire burns") });
        });
        "the day is over"
    });
    println!("{}", said.await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{FutureExt, pending};
    use std::panic::AssertUnwindSafe;
    use std::sync::{Arc, mpsc};
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::{Barrier, oneshot};
    use tokio::task::{self, yield_now};
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Drops, Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// Runs a test on a clock that moves only when everybody waits.
    fn run<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            let day = async { timeout(Duration::from_secs(36_000), test()).await };
            let day = runtime.expect("it takes no thread").block_on(day);
            day.expect("after ten hours the camp is not over")
        })
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// What a panic said.
    fn words(said: &(dyn std::any::Any + Send)) -> String {
        let literal = said.downcast_ref::<&str>().map(|words| words.to_string());
        literal.or_else(|| said.downcast_ref::<String>().cloned()).unwrap_or_default()
    }

    #[test]
    fn it_waits_for_the_day_and_for_all_errands() {
        // The day takes so long, and each of nine errands one second longer than the one before.
        for (day, first, expected) in [(30, 1, 30_000), (2, 1, 9_007), (0, 40, 48_007)] {
            let (value, took, done) = run(async move || {
                let (start, drops) = (Instant::now(), Drops::new());
                let running = camp(async |camp| {
                    for nth in 0..9 {
                        let guard = drops.guard();
                        camp.send_out(async move {
                            sleep(seconds(first + nth) + Duration::from_millis(7)).await;
                            guard.finish();
                        });
                    }
                    sleep(seconds(day)).await;
                    "evening"
                });
                (running.await, start.elapsed().as_millis(), drops.finished())
            });
            assert_eq!(value, "evening", "what the day returned");
            assert_eq!(done, 9, "errands that were done when `camp` returned");
            assert_eq!(took, expected, "ms of a day of {day} s, errands of {first} s and more");
        }
        assert_eq!(run(async || camp(async |_| 7).await), 7, "a day without errands");
    }

    #[test]
    fn who_is_sent_out_late_is_waited_for() {
        /// Takes a second, and then sends out the next.
        fn relay(camp: Camp, left: u32, done: Log<u32>) {
            let same = camp.clone();
            same.send_out(async move {
                sleep(seconds(1)).await;
                done.push(left);
                if left > 0 {
                    relay(camp, left - 1, done);
                }
            });
        }
        let (took, done) = run(async || {
            let (start, done) = (Instant::now(), Log::new());
            camp(async |camp| relay(camp.clone(), 19, done.clone())).await;
            (start.elapsed().as_secs(), done.events())
        });
        assert_eq!(done, (0..20).rev().collect::<Vec<_>>(), "errands, each sent out by another");
        assert_eq!(took, 20, "seconds of twenty errands");
        // Sent out by errands, while the day goes on and waits for them.
        let met = run(async || {
            camp(async |camp| {
                let pair = Arc::new(Barrier::new(2));
                let (same, theirs) = (camp.clone(), Arc::clone(&pair));
                camp.send_out(async move {
                    same.send_out(async move {
                        theirs.wait().await;
                    });
                });
                timeout(seconds(60), pair.wait()).await.is_ok()
            })
            .await
        });
        assert!(met, "the day waits for an errand that another sent out, and it never began");
    }

    #[test]
    fn each_errand_has_a_task_of_its_own() {
        let (met, mut tasks) = run(async || {
            let (all, tasks) = (Arc::new(Barrier::new(1_101)), Log::new());
            let noted = tasks.clone();
            let running = task::spawn(async move {
                camp(async |camp| {
                    noted.push(task::id());
                    for _ in 0..1_100 {
                        let (all, noted) = (Arc::clone(&all), noted.clone());
                        camp.send_out(async move {
                            noted.push(task::id());
                            all.wait().await;
                        });
                    }
                    timeout(seconds(60), all.wait()).await.is_ok()
                })
                .await
            });
            (running.await.expect("it does not panic"), tasks.events())
        });
        assert!(met, "the day and 1,100 errands miss each other");
        tasks.sort();
        tasks.dedup();
        assert_eq!(tasks.len(), 1_101, "different tasks: one an errand, and that of `camp`");
    }

    /// A camp in which an errand panics after two seconds, another after two and a half, and five
    /// others would go on. The day takes so long. What the panic said, in which second it came, how
    /// many errands were left then, and whether the day was.
    fn burnt(day: u64) -> (String, u64, usize, usize) {
        run(async move || {
            let (start, errands, days) = (Instant::now(), Drops::new(), Drops::new());
            let running = camp(async |camp| {
                let _guard = days.guard();
                for _ in 0..5 {
                    let guard = errands.guard();
                    camp.send_out(async move {
                        let _guard = guard;
                        pending().await
                    });
                }
                for (ms, what) in [(2_500, "the tent"), (2_000, "the soup")] {
                    let guard = errands.guard();
                    camp.send_out(async move {
                        let _guard = guard;
                        sleep(Duration::from_millis(ms)).await;
                        panic!("{what} is burnt");
                    });
                }
                sleep(seconds(day)).await;
            });
            let end = AssertUnwindSafe(running).catch_unwind().await;
            let (left, days) = (errands.alive(), days.alive());
            let said = end.map_or_else(|said| words(&*said), |()| "no panic".to_owned());
            (said, start.elapsed().as_secs(), left, days)
        })
    }

    #[test]
    fn a_panic_ends_the_camp() {
        for day in [0, 1, 50] {
            let (said, second, left, days) = burnt(day);
            assert_eq!(said, "the soup is burnt", "what `camp` panicked with, a day of {day} s");
            assert_eq!(second, 2, "the second in which it panicked, a day of {day} s");
            assert_eq!(left, 0, "errands that are left when it panics, a day of {day} s");
            assert_eq!(days, 0, "days that are left when it panics, a day of {day} s");
        }
    }

    #[test]
    fn the_day_is_gone_before_the_camp_panics() {
        /// Tells whether its thread panics when it is dropped.
        struct Flag(Log<bool>);
        impl Drop for Flag {
            fn drop(&mut self) {
                self.0.push(std::thread::panicking());
            }
        }
        let dropped = run(async || {
            let dropped = Log::new();
            let running = camp(async |camp| {
                let _flag = Flag(dropped.clone());
                camp.send_out(async { panic!("the soup is burnt") });
                pending::<()>().await
            });
            let end = AssertUnwindSafe(running).catch_unwind().await;
            assert!(end.is_err(), "an errand panicked, and the camp did not");
            dropped.events()
        });
        assert_eq!(dropped, [false], "whether the day was dropped only by the panic of `camp`");
    }

    #[test]
    fn the_panic_is_the_first_and_is_passed_on_as_it_is() {
        let said = run(async || {
            let (tell, told) = oneshot::channel();
            let running = camp(async |camp| {
                camp.send_out(async move {
                    told.await.expect("the first tells it");
                    std::panic::panic_any(2_u32)
                });
                camp.send_out(async move {
                    sleep(seconds(1)).await;
                    // The other is next: it panics before anybody looks.
                    tell.send(()).expect("the other waits");
                    std::panic::panic_any(1_u32)
                });
                pending::<()>().await
            });
            let said = AssertUnwindSafe(running).catch_unwind().await.expect_err("both panic");
            said.downcast_ref::<u32>().copied()
        });
        assert_eq!(said, Some(1), "what the first of two panics said: no text, a number");
    }

    #[test]
    fn it_waits_for_an_errand_that_is_busy() {
        let early = within(LIMIT, || {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
            runtime.expect("two threads").block_on(async {
                let ((begin, begun), (over, heard)) = (oneshot::channel(), mpsc::channel());
                let early = Log::new();
                let noted = early.clone();
                let running = camp(async move |camp| {
                    camp.send_out(async move {
                        let _ = begin.send(());
                        // It keeps its thread busy: nobody can end it before it waits.
                        noted.push(heard.recv_timeout(Duration::from_millis(300)).is_ok());
                        pending().await
                    });
                    camp.send_out(async move {
                        let _ = begun.await;
                        panic!("the soup is burnt")
                    });
                    pending::<()>().await
                });
                let end = AssertUnwindSafe(running).catch_unwind().await;
                assert!(end.is_err(), "an errand panicked, and the camp did not");
                let early = early.events();
                let _ = over.send(());
                early
            })
        });
        assert_eq!(early, [false], "whether the camp was over while an errand was still busy");
    }

    #[test]
    fn nobody_is_left_when_the_camp_is_dropped() {
        for (day, panics) in [(50, false), (0, false), (5, true)] {
            let alive = run(async move || {
                let errands = Drops::new();
                let running = camp(async |camp| {
                    for nth in 0..9 {
                        let (guard, same, late) = (errands.guard(), camp.clone(), errands.guard());
                        camp.send_out(async move {
                            let _guard = guard;
                            sleep(seconds(nth)).await;
                            same.send_out(async move {
                                let _guard = late;
                                pending().await
                            });
                            pending().await
                        });
                    }
                    sleep(seconds(day)).await;
                    assert!(!panics, "the day panics on purpose");
                });
                let running = timeout(seconds(7), AssertUnwindSafe(running).catch_unwind());
                let end = running.await;
                assert_eq!(end.is_ok(), panics, "it ended though errands were out");
                for _ in 0..40 {
                    yield_now().await;
                }
                errands.alive()
            });
            let end = if panics { "the day panicked" } else { "`camp` was dropped" };
            assert_eq!(alive, 0, "errands that go on, a day of {day} s, after {end}");
        }
    }

    #[test]
    fn who_waits_is_not_polled_again_and_again() {
        let polls = run(async || {
            let polls = Polls::new();
            let running = camp(async |camp| {
                for nth in 0..9 {
                    camp.send_out(async move {
                        for _ in 0..100 {
                            sleep(Duration::from_millis(100 + nth)).await;
                        }
                    });
                }
                sleep(seconds(60)).await;
            });
            polls.watch(running).await;
            polls.count()
        });
        assert!(polls <= 60, "{polls} polls for a day and nine errands");
    }
}
