// A magic lantern shows slides in their order: 0, 1, 2 and so on. Painters paint them, and are done
// in any order. Each puts its slide into the tray, which has `room` places: for the slide that is
// shown next, and those that come right behind it. So a slide for which the tray has no place yet
// waits, with its painter, until enough have been shown. The next slide never waits, however full
// the tray.
// - `put` returns when the slide is in the tray, and `next` the next slide, as soon as it is there.
// - A `put` that is dropped before it returned has put nothing in, and another painter may bring
//   the same slide. A `next` that is dropped before it returned has taken none out.
// - Each slide is put in once. There is one lantern; many painters may wait. `room` is at least 1.
// Each method may be called on any thread. No task or thread is started. Only `futures` and Tokio's
// `sync` are needed.
//
// How it is judged: the test asks each future by itself, at most once for each slide that was
// shown, and only if it was woken. Trays have 1, 3, 9, 16 and 40 places. News that come just when
// somebody begins to wait must not be missed.
//
// Lesson: chapter-06 backpressure

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

struct Tray<T> {
    room: usize,
    inside: Mutex<Inside<T>>,
}

struct Inside<T> {
    /// The slide that is shown next.
    next: usize,
    slides: BTreeMap<usize, T>,
    /// Who waits for a place, by the number of the slide.
    painters: BTreeMap<usize, Waker>,
    lantern: Option<Waker>,
}

impl<T> Tray<T> {
    fn new(room: usize) -> Self {
        let (slides, painters) = (BTreeMap::new(), BTreeMap::new());
        Tray { room, inside: Mutex::new(Inside { next: 0, slides, painters, lantern: None }) }
    }

    async fn put(&self, nth: usize, slide: T) {
        let mut slide = Some(slide);
        poll_fn(|cx| {
            let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
            if nth >= inside.next + self.room {
                // Looked and left a waker under one lock. It takes the place of an older one.
                inside.painters.insert(nth, cx.waker().clone());
                return Poll::Pending;
            }
            inside.painters.remove(&nth);
            inside.slides.extend(slide.take().map(|slide| (nth, slide)));
            let lantern = if nth == inside.next { inside.lantern.take() } else { None };
            drop(inside);
            lantern.into_iter().for_each(Waker::wake);
            Poll::Ready(())
        })
        .await
    }

    async fn next(&self) -> T {
        poll_fn(|cx| {
            let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
            let next = inside.next;
            let Some(slide) = inside.slides.remove(&next) else {
                inside.lantern = Some(cx.waker().clone());
                return Poll::Pending;
            };
            inside.next += 1;
            let painter = inside.painters.remove(&(next + self.room));
            drop(inside);
            painter.into_iter().for_each(Waker::wake);
            Poll::Ready(slide)
        })
        .await
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let tray = Tray::new(2);
        let paint = async |nth: usize| {
            tray.put(nth, ["a ship", "a storm", "an island"][nth]).await;
            println!("slide {nth} is in the tray");
        };
        let show = async {
            for _ in 0..3 {
                println!("{}", tray.next().await);
            }
        };
        futures::executor::block_on(async { futures::join!(paint(2), paint(1), paint(0), show) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::pin::{Pin, pin};
    use std::sync::{Arc, Mutex, mpsc};
    use std::task::{Context, Poll, Waker};
    use std::thread;
    use std::time::Duration;
    use witness::{Drops, Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    const ROOMS: [usize; 5] = [1, 3, 9, 16, 40];

    /// A future that only the test asks, and that says how often it was woken.
    struct Asked<'a, T> {
        future: Pin<Box<dyn Future<Output = T> + 'a>>,
        wakes: Log<()>,
        heard: usize,
    }

    impl<'a, T> Asked<'a, T> {
        /// Asks for the first time.
        fn new(future: impl Future<Output = T> + 'a) -> (Self, Poll<T>) {
            let mut asked = Asked { future: Box::pin(future), wakes: Log::new(), heard: 0 };
            let first = asked.ask();
            (asked, first)
        }

        fn ask(&mut self) -> Poll<T> {
            let wakes = self.wakes.clone();
            let waker = exercises::hooked(|| (), move || wakes.push(()));
            self.future.as_mut().poll(&mut Context::from_waker(&waker))
        }

        /// Asks if it was woken since the last time.
        fn ask_if_woken(&mut self) -> Poll<T> {
            if self.wakes.len() == self.heard {
                return Poll::Pending;
            }
            self.heard = self.wakes.len();
            self.ask()
        }
    }

    fn slide(nth: usize) -> String {
        format!("slide {nth}")
    }

    #[test]
    fn slides_come_in_their_order() {
        for room in ROOMS {
            let (shown, waited) = within(LIMIT, move || {
                let tray = Tray::new(room);
                let (mut shown, mut waited) = (Vec::new(), 0);
                // As many as there are places, the last first; five times.
                for begin in (0..5 * room).step_by(room) {
                    for nth in (begin..begin + room).rev() {
                        let (_, put) = Asked::new(tray.put(nth, slide(nth)));
                        waited += usize::from(put.is_pending());
                    }
                    for _ in 0..room {
                        let (_, next) = Asked::new(tray.next());
                        shown.push(next);
                    }
                }
                (shown, waited)
            });
            let expected: Vec<_> = (0..5 * room).map(|nth| Poll::Ready(slide(nth))).collect();
            assert_eq!(waited, 0, "slides that waited though they had a place, of {room}");
            assert_eq!(shown, expected, "slides from a tray with {room} places");
        }
    }

    #[test]
    fn the_next_slide_never_waits() {
        for room in ROOMS {
            let (put, woken, shown) = within(LIMIT, move || {
                let tray = Tray::new(room);
                // All places but that of slide 0 are taken, and forty painters wait in addition.
                let mut waiting: Vec<_> =
                    (1..room + 40).map(|nth| Asked::new(tray.put(nth, slide(nth)))).collect();
                let (mut lantern, first) = Asked::new(tray.next());
                let (_, put) = Asked::new(tray.put(0, slide(0)));
                let woken = first.is_ready() || !lantern.wakes.is_empty();
                let shown = if first.is_pending() { lantern.ask() } else { first };
                waiting.clear();
                (put, woken, shown)
            });
            assert!(
                put.is_ready(),
                "the next slide waited for a place: nothing can be shown anymore"
            );
            assert!(woken, "the next slide is in the tray, and the lantern was not woken");
            assert_eq!(shown, Poll::Ready(slide(0)), "what was shown");
        }
    }

    #[test]
    fn a_slide_waits_until_the_tray_has_a_place_for_it() {
        for room in ROOMS {
            let (early, rows) = within(LIMIT, move || {
                let tray = Tray::new(room);
                // Painters of 100 slides, the last first.
                let mut painters: Vec<_> = (0..100)
                    .rev()
                    .map(|nth| (nth, Asked::new(tray.put(nth, slide(nth)))))
                    .collect();
                painters.reverse();
                let early: Vec<_> = painters
                    .iter()
                    .filter(|(_, (_, put))| put.is_ready())
                    .map(|(nth, _)| *nth)
                    .collect();
                let woken: usize = painters.iter().map(|(_, (it, _))| it.wakes.len()).sum();
                assert_eq!(woken, 0, "painters who were woken though no slide was shown");
                let mut rows = Vec::new();
                for shown in 1..=100 {
                    let (_, next) = Asked::new(tray.next());
                    let mut placed = Vec::new();
                    for (nth, (painter, put)) in &mut painters {
                        if put.is_pending() {
                            *put = painter.ask_if_woken();
                            if put.is_ready() {
                                placed.push(*nth);
                            }
                        }
                    }
                    let place = shown - 1 + room;
                    let expected: Vec<_> = (place..100).take(1).collect();
                    rows.push((next == Poll::Ready(slide(shown - 1)), placed == expected));
                }
                (early, rows)
            });
            assert_eq!(
                early,
                (0..room.min(100)).collect::<Vec<_>>(),
                "slides with a place at first"
            );
            for (shown, row) in rows.into_iter().enumerate() {
                let (next, placed) = row;
                assert!(next, "slide {shown} was not shown in its turn, of a tray for {room}");
                assert!(
                    placed,
                    "slide {shown} was shown, and not exactly slide {} was put in: room for {room}",
                    shown + room
                );
            }
        }
    }

    #[test]
    fn each_poll_may_bring_another_waker() {
        let woken = within(LIMIT, || {
            let tray = Tray::new(1);
            let (mut next, wakes) = (pin!(tray.next()), Log::new());
            let mut wait = |name: &'static str| {
                let noted = wakes.clone();
                let waker = exercises::hooked(|| (), move || noted.push(name));
                next.as_mut().poll(&mut Context::from_waker(&waker))
            };
            assert!(wait("older").is_pending() && wait("latest").is_pending(), "there is no slide");
            assert!(Asked::new(tray.put(0, slide(0))).1.is_ready(), "slide 0 waits");
            let lantern = wakes.events();
            let (mut put, wakes) = (pin!(tray.put(1, slide(1))), Log::new());
            let mut wait = |name: &'static str| {
                let noted = wakes.clone();
                let waker = exercises::hooked(|| (), move || noted.push(name));
                put.as_mut().poll(&mut Context::from_waker(&waker))
            };
            assert!(wait("older").is_pending() && wait("latest").is_pending(), "no place for it");
            assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            (lantern.contains(&"latest"), wakes.events().contains(&"latest"))
        });
        assert!(woken.0, "the lantern was polled with another waker, and that was not woken");
        assert!(woken.1, "a painter was polled with another waker, and that was not woken");
    }

    #[test]
    fn who_is_dropped_leaves_no_trace() {
        within(LIMIT, || {
            let (tray, drops) = (Tray::new(3), Drops::new());
            let guard = |nth: usize| (nth, drops.guard());
            // Not asked at all; and asked, and dropped while it waited, before and behind another.
            drop(tray.put(0, guard(0)));
            let (given_up, put) = Asked::new(tray.put(4, guard(4)));
            assert!(put.is_pending(), "slide 4 has no place among three");
            let (mut stays, _) = Asked::new(tray.put(5, guard(5)));
            drop(given_up);
            assert_eq!(drops.count(), 2, "slides that are gone, of two that were given up");
            // A lantern is given up, too, while it waits, and when it was woken.
            let (lantern, _) = Asked::new(tray.next());
            drop(lantern);
            let (lantern, next) = Asked::new(tray.next());
            assert!(next.is_pending(), "there is no slide yet: one was given up");
            assert!(Asked::new(tray.put(0, guard(0))).1.is_ready(), "slide 0 waits");
            assert!(!lantern.wakes.is_empty(), "slide 0 is there, and the lantern was not woken");
            drop(lantern);
            let mut shown = Vec::new();
            for nth in 1..7 {
                let (_, next) = Asked::new(tray.next());
                shown.extend(match next {
                    Poll::Ready((nth, _)) => Some(nth),
                    Poll::Pending => None,
                });
                // Another painter brings slide 4 again, once it has a place.
                if nth != 5 {
                    let (_, put) = Asked::new(tray.put(nth, guard(nth)));
                    assert!(put.is_ready(), "slide {nth} is the next, and waits");
                } else {
                    assert!(stays.ask_if_woken().is_ready(), "slide 5 has a place, and waits");
                }
            }
            assert_eq!(shown, [0, 1, 2, 3, 4, 5], "the slides that were shown");
        });
    }

    /// Asks `waiting` once. When it keeps its waker, which it clones, another thread does `news`.
    /// Whether it has ended, or was woken.
    fn heard(waiting: impl Future, news: impl FnOnce() + Send) -> bool {
        let ((begin, begun), (end, ended)) = (mpsc::channel::<()>(), mpsc::channel());
        let (woke, woken) = mpsc::channel();
        let (begin, ended) = (Arc::new(Mutex::new(Some(begin))), Mutex::new(ended));
        let (meet, woke) = (Arc::clone(&begin), Mutex::new(woke));
        let waker = exercises::hooked(
            move || {
                if meet.lock().expect("no panic").take().is_some() {
                    // The news comes now, or cannot come before the waker is kept.
                    let ended = ended.lock().expect("no panic");
                    let _ = ended.recv_timeout(Duration::from_millis(200));
                }
            },
            move || {
                let _ = woke.lock().expect("no panic").send(());
            },
        );
        thread::scope(|scope| {
            scope.spawn(move || {
                let _ = begun.recv_timeout(PATIENCE);
                news();
                let _ = end.send(());
            });
            let poll = pin!(waiting).poll(&mut Context::from_waker(&waker));
            drop(begin.lock().expect("no panic").take());
            poll.is_ready() || woken.recv_timeout(PATIENCE).is_ok()
        })
    }

    #[test]
    fn news_that_comes_when_one_begins_to_wait_is_not_missed() {
        let woken = within(LIMIT, || {
            let tray = Tray::new(1);
            heard(tray.next(), || block_on(tray.put(0, slide(0))))
        });
        assert!(woken, "the slide came while the lantern left its waker, and nobody woke it");
        let woken = within(LIMIT, || {
            let tray = Tray::new(1);
            block_on(tray.put(0, slide(0)));
            heard(tray.put(1, slide(1)), || drop(block_on(tray.next())))
        });
        assert!(
            woken,
            "a slide was shown while a painter left its waker, and nobody woke the painter"
        );
    }

    #[test]
    fn painters_on_many_threads_and_one_lantern() {
        const SLIDES: usize = 2_000;
        let (shown, polls) = within(LIMIT, || {
            let (tray, polls) = (Tray::new(3), Polls::new());
            let shown = thread::scope(|scope| {
                for painter in 0..4 {
                    let (tray, polls) = (&tray, polls.clone());
                    scope.spawn(move || {
                        for nth in (painter..SLIDES).step_by(4) {
                            block_on(polls.watch(tray.put(nth, nth)));
                        }
                    });
                }
                (0..SLIDES).map(|_| block_on(tray.next())).collect::<Vec<_>>()
            });
            (shown, polls.count())
        });
        assert_eq!(shown, (0..SLIDES).collect::<Vec<_>>(), "what was shown");
        // A painter is one of four: at worst each waits for each slide, and hears of some twice.
        assert!(polls <= 9 * SLIDES, "{polls} polls of painters for {SLIDES} slides");
    }

    #[test]
    fn who_gives_up_when_woken_has_put_nothing_in() {
        within(LIMIT, || {
            let tray = Tray::new(3);
            for nth in 0..3 {
                assert!(Asked::new(tray.put(nth, "early")).1.is_ready(), "slide {nth} has a place");
            }
            // Slide 3 is given up when it has just got a place, and slide 4 while it waits.
            let (given_up, put) = Asked::new(tray.put(3, "given up"));
            let (waits, later) = Asked::new(tray.put(4, "given up"));
            assert!(put.is_pending() && later.is_pending(), "they have no place among three");
            drop(waits);
            let (mut again, later) = Asked::new(tray.put(4, "again"));
            assert!(later.is_pending(), "slide 4 has no place among three");
            let show = || match Asked::new(tray.next()).1 {
                Poll::Ready(slide) => slide,
                Poll::Pending => "nothing",
            };
            assert_eq!(show(), "early");
            assert!(!given_up.wakes.is_empty(), "slide 3 has a place, and was not woken");
            drop(given_up);
            assert_eq!([show(), show(), show()], ["early", "early", "nothing"], "what was shown");
            assert!(Asked::new(tray.put(3, "again")).1.is_ready(), "slide 3 has a place");
            assert_eq!(show(), "again", "slide 3");
            assert!(again.ask_if_woken().is_ready(), "another painter of slide 4 was not woken");
            assert_eq!(show(), "again", "slide 4");
        });
    }
}
