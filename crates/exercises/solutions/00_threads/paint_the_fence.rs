// Paint a fence: each plank once, with `painters` painters, each on a thread of its own. Who has
// done a plank takes one that nobody has taken, until none is left. There is at least one painter.
//
// What is wanted: all painters paint at the same time, if there are planks enough, and the caller
// does not. Nobody stands idle while there is a plank that nobody has taken. A painter who panics
// goes home, and that plank is lost; the others paint the rest. Then `paint_all` panics, too.
// The planks are lent, and back when `paint_all` returns. The standard library is enough.
//
// How it is judged: painters meet. In one test a painter stays at a plank until all other planks are
// painted, and it may be any plank. Some planks make a painter panic.
//
// Lesson: chapter-00 shared-state

use std::thread;

use std::sync::{Mutex, PoisonError};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = Mutex::new(fence.iter_mut());
    // The lock is gone when this returns, and nobody paints while it is held.
    let next = || planks.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                while let Some(plank) = next() {
                    paint(plank);
                }
            });
        }
    });
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let mut fence = vec!["bare".to_owned(); 7];
        paint_all(&mut fence, 3, |plank| *plank = format!("by {:?}", std::thread::current().id()));
        for (nth, plank) in fence.iter().enumerate() {
            println!("plank {nth}: {plank}");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Peak, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// A plank that can be lent, and nothing else.
    struct Plank {
        nth: usize,
        coats: u32,
    }

    fn fence(planks: usize) -> Vec<Plank> {
        (0..planks).map(|nth| Plank { nth, coats: 0 }).collect()
    }

    fn coats(fence: &[Plank]) -> Vec<u32> {
        fence.iter().map(|plank| plank.coats).collect()
    }

    #[test]
    fn every_plank_is_painted_once() {
        for (planks, painters) in [(0, 3), (1, 1), (1, 9), (3, 2), (7, 3), (40, 1), (100, 16)] {
            let coats = within(LIMIT, move || {
                let mut fence = fence(planks);
                paint_all(&mut fence, painters, |plank| plank.coats += 1);
                coats(&fence)
            });
            assert_eq!(coats, vec![1; planks], "coats of each plank, with {painters} painters");
        }
    }

    #[test]
    fn all_painters_paint_at_the_same_time() {
        for painters in [3, 16, 300] {
            let missed = within(LIMIT, move || {
                let (all, missed) = (Rendezvous::new(painters), AtomicBool::new(false));
                paint_all(&mut fence(painters), painters, |_| {
                    // Who comes after a missed meeting need not wait as well.
                    if missed.load(Ordering::Relaxed) || all.meet(PATIENCE).is_err() {
                        missed.store(true, Ordering::Relaxed);
                    }
                });
                missed.into_inner()
            });
            assert!(!missed, "{painters} painters never painted {painters} planks at once");
        }
    }

    #[test]
    fn there_are_no_more_painters_than_were_asked_for() {
        for painters in [1, 3, 9] {
            let (most, threads, caller) = within(LIMIT, move || {
                let (peak, threads) = (Peak::new(), Threads::new());
                paint_all(&mut fence(60), painters, |_| {
                    let _painting = peak.enter();
                    threads.note();
                    thread::sleep(Duration::from_millis(1));
                });
                (peak.max(), threads.ids(), thread::current().id())
            });
            assert!(!threads.contains(&caller), "the caller painted a plank");
            assert!(most <= painters, "{most} painted at once, and there were {painters} painters");
            let came = threads.len();
            assert!(came <= painters, "{came} threads painted, and there were {painters} painters");
        }
    }

    /// Paints `planks` planks. Those in `slow` are done when all others are. Returns how many others
    /// were done at most while somebody waited for all.
    fn done_meanwhile(planks: usize, slow: &'static [usize], painters: usize) -> usize {
        let done = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&done);
        within(LIMIT, move || {
            let others = planks - slow.len();
            let late = AtomicUsize::new(usize::MAX);
            paint_all(&mut fence(planks), painters, |plank| {
                if !slow.contains(&plank.nth) {
                    done.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                let begun = Instant::now();
                while done.load(Ordering::Relaxed) < others && begun.elapsed() < PATIENCE {
                    if late.load(Ordering::Relaxed) != usize::MAX {
                        return;
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                late.fetch_min(done.load(Ordering::Relaxed), Ordering::Relaxed);
            });
            late.into_inner().min(counted.load(Ordering::Relaxed))
        })
    }

    #[test]
    fn nobody_stands_idle_while_a_plank_is_left() {
        for slow in [&[0][..], &[1], &[13], &[38], &[39]] {
            let done = done_meanwhile(40, slow, 2);
            assert_eq!(done, 39, "planks that the other painted while one was at plank {slow:?}");
        }
        for slow in [&[0, 1][..], &[0, 39], &[12, 13], &[38, 39]] {
            let done = done_meanwhile(40, slow, 3);
            assert_eq!(done, 38, "planks that the third painted, two were at planks {slow:?}");
        }
        let done = done_meanwhile(40, &[0, 1, 2, 3, 4, 5, 6, 7], 9);
        assert_eq!(done, 32, "planks that the ninth painted while eight were at the first eight");
        // Also where there are so many that somebody might take several at a time, at either end.
        for slow in [&[0][..], &[1_999]] {
            let done = done_meanwhile(2_000, slow, 2);
            assert_eq!(done, 1_999, "planks of a long fence that the other painted");
        }
    }

    #[test]
    fn a_painter_who_panics_leaves_the_rest_to_the_others() {
        for (bad, painters) in [(&[0][..], 2), (&[6], 2), (&[2, 3], 3), (&[0, 4, 8], 9)] {
            let (coats, panicked) = within(LIMIT, move || {
                let mut fence = fence(30);
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    paint_all(&mut fence, painters, |plank| {
                        assert!(!bad.contains(&plank.nth), "this plank breaks on purpose");
                        // Long enough for news of a panic to come around.
                        thread::sleep(Duration::from_millis(3));
                        plank.coats += 1;
                    });
                }));
                (coats(&fence), panicked.is_err())
            });
            let expected: Vec<_> = (0..30).map(|nth| u32::from(!bad.contains(&nth))).collect();
            assert_eq!(coats, expected, "coats, where a painter panicked at planks {bad:?}");
            assert!(panicked, "a painter panicked, and the caller was not told");
        }
    }

    #[test]
    fn a_painter_who_panicked_paints_no_more() {
        let (coats, panicked) = within(LIMIT, || {
            let mut fence = fence(9);
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                paint_all(&mut fence, 1, |plank| {
                    assert_ne!(plank.nth, 4, "this plank breaks on purpose");
                    plank.coats += 1;
                });
            }));
            (coats(&fence).iter().sum::<u32>(), panicked.is_err())
        });
        assert!(coats <= 8, "the broken plank has a coat");
        assert!(coats < 8, "there was one painter, who panicked and painted on");
        assert!(panicked, "a painter panicked, and the caller was not told");
    }
}
