// An inn has a weather report. Whoever asks first calls the weather station; all others who ask
// meanwhile wait, and then read the same report, as long as the inn stands. `report` returns it.
//
// A call may fail. Then whoever has called gets the error, there is no report yet, and one of those
// who wait, or who ask just then, calls next, with a call of their own. If a call panics, so does its
// caller, and for the others it is as if the call had failed. An inn never makes two calls at once,
// and once there is a report it makes no more. What another inn does is none of its business.
//
// The report is dropped with the inn. Whoever waits, sleeps. The standard library is enough, and a
// `OnceLock` can be part of it. (Its `get_or_try_init` is not stable yet.)
//
// How it is judged: sixteen guests ask while the first still calls, and the first five calls fail.
// Some ask again at once. An inn's call asks the next inn, whose call asks the next one.
//
// Lesson: chapter-00 once

use std::sync::OnceLock;

use std::sync::{Mutex, PoisonError};

struct Inn<R> {
    report: OnceLock<R>,
    /// Held by whoever calls.
    calling: Mutex<()>,
}

impl<R> Inn<R> {
    fn new() -> Self {
        Inn { report: OnceLock::new(), calling: Mutex::new(()) }
    }

    fn report<E>(&self, call: impl FnOnce() -> Result<R, E>) -> Result<&R, E> {
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        // A panic in the middle of a call leaves nothing half done: there is no report yet.
        let _calling = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have called while this one waited.
        if let Some(report) = self.report.get() {
            return Ok(report);
        }
        let report = call()?;
        Ok(self.report.get_or_init(|| report))
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let inn = Inn::new();
        let busy = inn.report(|| Err("the line is busy"));
        println!("the first guest hears: {busy:?}");
        let sunny = inn.report(|| Ok::<_, &str>("sunny".to_owned()));
        println!("the second guest hears: {sunny:?}");
        let again = inn.report(|| Err("nobody calls again"));
        println!("the third guest hears: {again:?}");
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{DropGuard, Drops, Peak, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    const GUESTS: usize = 16;

    /// A report can be read, and nothing else.
    #[derive(Debug, PartialEq)]
    struct Report(usize);

    /// What a call comes to.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum End {
        Report,
        Error,
        Panic,
    }

    /// What became of sixteen guests.
    struct Night {
        calls: usize,
        /// Calls at once, at most.
        most: usize,
        errors: Vec<usize>,
        panics: usize,
        /// Where the reports lay and which call they came from.
        reports: Vec<(usize, usize)>,
    }

    /// Sixteen guests ask. The first call goes on until all have come, and a little longer. The
    /// nth call ends as `end` says.
    fn night(end: fn(usize) -> End) -> Night {
        within(LIMIT, move || {
            let (inn, came, calls) = (Inn::new(), AtomicUsize::new(0), AtomicUsize::new(0));
            let peak = Peak::new();
            let guest = || {
                came.fetch_add(1, Ordering::Relaxed);
                let call = || {
                    let _calling = peak.enter();
                    let nth = calls.fetch_add(1, Ordering::Relaxed);
                    let begun = Instant::now();
                    while came.load(Ordering::Relaxed) < GUESTS && begun.elapsed() < PATIENCE {
                        thread::sleep(Duration::from_millis(1));
                    }
                    thread::sleep(Duration::from_millis(5));
                    match end(nth) {
                        End::Report => Ok(Report(nth)),
                        End::Error => Err(nth),
                        End::Panic => panic!("this call panics on purpose"),
                    }
                };
                catch_unwind(AssertUnwindSafe(|| {
                    inn.report(call).map(|report| (std::ptr::from_ref(report).addr(), report.0))
                }))
            };
            let heard: Vec<_> = thread::scope(|scope| {
                let guests: Vec<_> = (0..GUESTS).map(|_| scope.spawn(guest)).collect();
                guests.into_iter().map(|it| it.join().expect("its panic was caught")).collect()
            });
            let (mut errors, mut reports, mut panics) = (Vec::new(), Vec::new(), 0);
            for heard in heard {
                match heard {
                    Ok(Ok(report)) => reports.push(report),
                    Ok(Err(error)) => errors.push(error),
                    Err(_) => panics += 1,
                }
            }
            errors.sort();
            Night { calls: calls.into_inner(), most: peak.max(), errors, panics, reports }
        })
    }

    #[test]
    fn of_sixteen_guests_one_calls_and_all_read_the_same() {
        let Night { calls, most, errors, panics, reports } = night(|_| End::Report);
        assert_eq!((calls, most), (1, 1), "calls, and calls at the same time");
        assert_eq!((errors.len(), panics), (0, 0), "no call failed or panicked");
        assert_eq!(reports.len(), GUESTS, "guests with a report");
        assert!(reports.iter().all(|report| *report == reports[0]), "one report lies in one place");
    }

    #[test]
    fn whoever_calls_in_vain_gets_the_error_and_the_next_one_calls() {
        let night = night(|nth| if nth < 5 { End::Error } else { End::Report });
        assert_eq!(night.errors, [0, 1, 2, 3, 4], "each failed call is told to one guest");
        assert_eq!((night.calls, night.most), (6, 1), "calls, and calls at the same time");
        assert_eq!(night.reports.len(), GUESTS - 5, "guests with a report");
        assert!(night.reports.iter().all(|report| report.1 == 5), "the sixth call brought it");
    }

    #[test]
    fn if_all_calls_fail_everybody_has_called() {
        let night = night(|_| End::Error);
        assert!(night.errors.into_iter().eq(0..GUESTS), "each guest got the error of its own call");
        assert_eq!((night.calls, night.most), (GUESTS, 1), "calls, and calls at the same time");
    }

    #[test]
    fn after_a_panic_the_next_one_calls() {
        let night = night(|nth| if nth < 3 { End::Panic } else { End::Report });
        assert_eq!(night.panics, 3, "guests whose own call panicked");
        assert_eq!((night.calls, night.most), (4, 1), "calls, and calls at the same time");
        assert_eq!(night.reports.len(), GUESTS - 3, "guests with a report");
    }

    #[test]
    fn who_asks_again_at_once_makes_no_second_call_meanwhile() {
        let (most, calls) = within(LIMIT, || {
            let (inn, calls, peak) = (Inn::new(), AtomicUsize::new(0), Peak::new());
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let call = || {
                            let _calling = peak.enter();
                            thread::sleep(Duration::from_millis(2));
                            let nth = calls.fetch_add(1, Ordering::Relaxed);
                            if nth < 60 { Err(nth) } else { Ok(Report(nth)) }
                        };
                        // No break: somebody else has just been woken, and this one is here first.
                        while inn.report(call).is_err() {}
                    });
                }
            });
            (peak.max(), calls.into_inner())
        });
        assert_eq!(most, 1, "calls at the same time");
        assert_eq!(calls, 61, "calls, of which sixty failed");
    }

    #[test]
    fn once_there_is_a_report_nobody_calls() {
        within(LIMIT, || {
            let inn = Inn::new();
            assert_eq!(inn.report(|| Err(1)), Err(1), "the first call failed");
            assert_eq!(inn.report(|| Err(2)), Err(2), "there was still no report");
            assert_eq!(inn.report(|| Ok::<_, u32>(Report(3))), Ok(&Report(3)), "the third did not");
            let called = AtomicBool::new(false);
            for _ in 0..40 {
                let report = inn.report(|| {
                    called.store(true, Ordering::Relaxed);
                    Err(4)
                });
                assert_eq!(report, Ok(&Report(3)), "the report stays");
            }
            assert!(!called.into_inner(), "there was a report, and somebody called");
        });
    }

    #[test]
    fn another_inn_calls_at_the_same_time() {
        let met = within(LIMIT, || {
            let (inns, both) = ([Inn::new(), Inn::new()], Rendezvous::new(2));
            thread::scope(|scope| {
                let guests = inns.each_ref().map(|inn| {
                    scope.spawn(|| inn.report(|| both.meet(PATIENCE).map_err(drop)).is_ok())
                });
                guests.map(|guest| guest.join().expect("a guest does not panic"))
            })
        });
        assert_eq!(met, [true, true], "whether a call met the call of the other inn");
    }

    #[test]
    fn a_call_may_ask_another_inn_and_so_on() {
        fn ask(inns: &[Inn<usize>]) -> Result<usize, ()> {
            let Some((inn, rest)) = inns.split_first() else { return Ok(0) };
            inn.report(|| ask(rest).map(|asked| asked + 1)).copied()
        }
        let inns: Vec<_> = (0..100).map(|_| Inn::new()).collect();
        let asked = within(LIMIT, move || ask(&inns));
        assert_eq!(asked, Ok(100), "inns, of which each asked the next in its call");
    }

    #[test]
    fn the_report_is_dropped_with_the_inn() {
        let drops = Drops::new();
        let guard = drops.guard();
        let kept = within(LIMIT, {
            let drops = drops.clone();
            move || {
                let inn = Inn::<DropGuard>::new();
                let _ = inn.report(|| Ok::<_, ()>(guard));
                drops.alive()
            }
        });
        assert_eq!(kept, 1, "the report is kept while the inn stands");
        assert_eq!(drops.alive(), 0, "the inn is gone, and its report is still somewhere");
    }

    #[test]
    fn whoever_waits_sleeps() {
        let rest = within(LIMIT, || {
            let (inn, calling) = (Inn::new(), Rendezvous::new(2));
            let guest = OnceLock::new();
            thread::scope(|scope| {
                let caller = scope.spawn(|| {
                    let mut rest = None;
                    let _ = inn.report(|| {
                        let _ = calling.meet(PATIENCE);
                        rest = guest.get().map(|guest: &Effort| {
                            let quiet = guest.asleep();
                            thread::sleep(Duration::from_millis(600));
                            quiet.rest()
                        });
                        Ok::<_, ()>(Report(0))
                    });
                    rest
                });
                let _ = guest.set(Effort::of_this_thread());
                let _ = calling.meet(PATIENCE);
                let _ = inn.report(|| Err(()));
                caller.join().expect("a call that does not panic")
            })
        });
        let rest = rest.expect("the guest came while the first still called");
        assert!(rest.slept_on(), "a guest looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "a guest woke again and again, and there was no news: {rest:?}");
    }
}
