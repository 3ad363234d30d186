// An atlas has a sheet for each region. A sheet takes long to draw, so it is drawn when somebody
// first asks for it. Who asks meanwhile waits for that sheet. If the drawing fails, or the one who
// draws gives up (the future is dropped), the next of those who wait draws with the `draw` of their
// own. A failure is not kept. It works on any runtime, on one thread or on several.
//
// How it is judged: by the number of drawings, and by a clock that moves only when everybody waits.
// Sheets of different regions are drawn at the same time, on one thread, be there ever so many. Two
// threads ask for one sheet at the same moment, many times. Polls are counted.
//
// Lesson: chapter-05 cache

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<OnceCell<Sheet>>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        // A statement of its own: the guard is gone before anybody waits.
        let cell = Arc::clone(&self.sheets.entry(region.to_owned()).or_default());
        cell.get_or_try_init(|| draw).await.cloned()
    }
}

fn main() {
    let atlas = Atlas::default();
    let draw = async {
        println!("drawing the north");
        Ok::<Sheet, ()>("here be dragons".into())
    };
    futures::executor::block_on(async {
        println!("{:?}", atlas.sheet("north", draw).await);
        println!("{:?}", atlas.sheet("north", async { Err("nobody draws it again") }).await);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::future::join_all;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Peak, Polls, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const SECOND: Duration = Duration::from_millis(1_003);

    /// Draws for a second, and fails if it is told to.
    async fn draw(drawings: &Peak, fails: bool) -> Result<Sheet, &'static str> {
        let _drawing = drawings.enter();
        sleep(SECOND).await;
        if fails { Err("the ink ran out") } else { Ok("a sheet".into()) }
    }

    /// Runs a test with the clock paused. Returns what it returned, and the seconds that it took.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> (T, f64) {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let start = Instant::now();
                (test().await, start.elapsed().div_duration_f64(SECOND))
            })
        })
    }

    #[test]
    fn who_asks_for_the_same_sheet_waits_for_one_drawing() {
        let ((first, later, total), seconds) = paused(async || {
            let (atlas, drawings) = (Atlas::default(), Peak::new());
            let ask = || atlas.sheet("north", draw(&drawings, false));
            let polls = Polls::new();
            let first = join_all((0..5).map(|_| polls.watch(ask()))).await;
            assert!(polls.count() <= 40, "{} polls for five who wait", polls.count());
            (first, ask().await, drawings.total())
        });
        assert_eq!(total, 1, "drawings of one sheet");
        assert!(first.iter().all(|sheet| *sheet == Ok("a sheet".into())), "{first:?}");
        assert_eq!(later, Ok("a sheet".into()));
        assert_eq!(seconds, 1.0, "seconds for all of them");
    }

    #[test]
    fn different_sheets_are_drawn_at_the_same_time() {
        let ((drawn, total, max), seconds) = paused(async || {
            let (atlas, drawings) = (Atlas::default(), Peak::new());
            // So many that each shard has several of them. Everybody asks twice.
            let regions: Vec<_> = (0..2_200).map(|number| format!("{}", number / 2)).collect();
            let asked = regions.iter().map(|region| atlas.sheet(region, draw(&drawings, false)));
            let drawn = join_all(asked).await.into_iter().filter(Result::is_ok).count();
            (drawn, drawings.total(), drawings.max())
        });
        assert_eq!((drawn, total), (2_200, 1_100), "sheets handed out, sheets drawn");
        assert_eq!(max, 1_100, "the most drawings at one time");
        assert_eq!(seconds, 1.0, "seconds for all of them");
    }

    #[test]
    fn two_threads_that_ask_at_the_same_moment_share_a_drawing() {
        let most = within(LIMIT * 2, || {
            let regions: Vec<String> = (0..3_000).map(|region| region.to_string()).collect();
            let drawings: Vec<AtomicUsize> = regions.iter().map(|_| AtomicUsize::new(0)).collect();
            let (atlas, here) = (Atlas::default(), [AtomicUsize::new(0), AtomicUsize::new(0)]);
            let (begun, over) = (std::time::Instant::now(), AtomicBool::new(false));
            thread::scope(|scope| {
                for own in 0..2 {
                    let (atlas, regions, drawings) = (&atlas, &regions, &drawings);
                    let (here, over) = (&here, &over);
                    scope.spawn(move || {
                        for (nth, region) in regions.iter().enumerate() {
                            // Both set out for a region together.
                            here[own].store(nth + 1, Ordering::Release);
                            let mut looks = 0_u32;
                            while here[1 - own].load(Ordering::Acquire) <= nth {
                                looks += 1;
                                if looks.is_multiple_of(200) {
                                    thread::yield_now();
                                }
                                // A slow machine has seen enough.
                                if begun.elapsed() > Duration::from_secs(3)
                                    || over.load(Ordering::Relaxed)
                                {
                                    return over.store(true, Ordering::Relaxed);
                                }
                            }
                            let draw = async {
                                drawings[nth].fetch_add(1, Ordering::Relaxed);
                                Ok::<Sheet, ()>("a sheet".into())
                            };
                            let sheet = futures::executor::block_on(atlas.sheet(region, draw));
                            assert!(sheet.is_ok());
                        }
                    });
                }
            });
            drawings.into_iter().map(AtomicUsize::into_inner).max()
        });
        assert_eq!(most, Some(1), "the most drawings of one sheet");
    }

    #[test]
    fn two_who_have_both_found_nothing_share_a_drawing() {
        let drawings = within(LIMIT, || {
            let atlas = Atlas::default();
            let held = block_on(atlas.sheet("held", async { Ok::<Sheet, ()>("a sheet".into()) }));
            assert!(held.is_ok());
            // Whoever reads in this shard can look for the region, and nobody can enter it.
            let held = atlas.sheets.get("held")?;
            let mut regions = (0..10_000).map(|region| region.to_string());
            let region = regions.find(|region| atlas.sheets.try_get_mut(region).is_locked())?;
            let drawings = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let draw = async {
                            drawings.fetch_add(1, Ordering::Relaxed);
                            Ok::<Sheet, ()>("a sheet".into())
                        };
                        block_on(atlas.sheet(&region, draw))
                    });
                }
                thread::sleep(Duration::from_millis(600));
                drop(held);
            });
            Some(drawings.into_inner())
        });
        assert!(
            drawings.is_none_or(|drawings| drawings == 1),
            "both found no sheet, and both drew one"
        );
    }

    #[test]
    fn it_needs_no_runtime() {
        let (results, drawings) = within(LIMIT, || {
            let (atlas, drawings) = (Atlas::default(), Peak::new());
            let (done, wait) = futures::channel::oneshot::channel::<()>();
            let first = atlas.sheet("north", async {
                let _drawing = drawings.enter();
                let _ = wait.await;
                Ok::<Sheet, ()>("a sheet".into())
            });
            let second = atlas.sheet("north", async {
                let _drawing = drawings.enter();
                Ok::<Sheet, ()>("another sheet".into())
            });
            let (results, _) = futures::executor::block_on(futures::future::join(
                futures::future::join(first, second),
                async { done.send(()) },
            ));
            (results, drawings.total())
        });
        assert_eq!(results, (Ok("a sheet".into()), Ok("a sheet".into())));
        assert_eq!(drawings, 1, "drawings of one sheet");
    }

    #[test]
    fn after_a_failure_the_next_one_draws() {
        let ((results, total, max), seconds) = paused(async || {
            let (atlas, drawings) = (Atlas::default(), Peak::new());
            let first = atlas.sheet("north", draw(&drawings, true));
            let second = atlas.sheet("north", draw(&drawings, false));
            // This one comes while the second draws.
            let third = async {
                sleep(SECOND * 3 / 2).await;
                atlas.sheet("north", draw(&drawings, false)).await
            };
            let (first, second, third) = tokio::join!(first, second, third);
            ([first, second, third], drawings.total(), drawings.max())
        });
        assert_eq!(results, [Err("the ink ran out"), Ok("a sheet".into()), Ok("a sheet".into())]);
        assert_eq!((total, max), (2, 1), "drawings, and the most at one time");
        assert_eq!(seconds, 2.0, "seconds until everybody has an answer");
    }

    #[test]
    fn if_one_gives_up_the_next_one_draws() {
        let ((gave_up, second, total), seconds) = paused(async || {
            let (atlas, drawings) = (Atlas::default(), Peak::new());
            let first = timeout(SECOND / 2, atlas.sheet("north", draw(&drawings, false)));
            let second = atlas.sheet("north", draw(&drawings, false));
            let (first, second) = tokio::join!(first, second);
            (first.is_err(), second, drawings.total())
        });
        assert!(gave_up, "the first has half a second, and a drawing takes a whole one");
        assert_eq!(second, Ok("a sheet".into()));
        assert_eq!(total, 2, "drawings");
        assert!((seconds - 1.5).abs() < 0.01, "{seconds} seconds, not 1.5");
    }

    #[test]
    fn who_comes_later_does_not_draw_first() {
        let drew = within(LIMIT, || {
            let (atlas, drew) = (Atlas::default(), witness::Log::new());
            let (fail, failed) = futures::channel::oneshot::channel::<()>();
            let mut first = Box::pin(atlas.sheet("north", async {
                let _ = failed.await;
                Err::<Sheet, &str>("the ink ran out")
            }));
            let draws = |name: &'static str| {
                let drew = drew.clone();
                async move {
                    drew.push(name);
                    Ok::<Sheet, &str>("a sheet".into())
                }
            };
            let mut waits = Box::pin(atlas.sheet("north", draws("who waits")));
            let mut later = Box::pin(atlas.sheet("north", draws("who comes later")));
            block_on(async {
                assert!(futures::poll!(&mut first).is_pending(), "it draws");
                assert!(futures::poll!(&mut waits).is_pending(), "it waits");
                let _ = fail.send(());
                assert!(futures::poll!(&mut first).is_ready(), "the ink ran out");
                // It comes before the one who waits has been asked again.
                let _ = futures::poll!(&mut later);
                let (waited, came) = futures::future::join(&mut waits, &mut later).await;
                assert_eq!((waited, came), (Ok("a sheet".into()), Ok("a sheet".into())));
            });
            drew.events()
        });
        assert_eq!(drew, ["who waits"], "who drew after a failure");
    }
}
