// A press prints pages while a binder binds them: the press (`next`) on a thread of its own, the
// binder (`bind`) on the thread that calls `run`. Between them is room for `room` pages. When there
// is no room the press waits, with one page in its hands. It sleeps then, and does not look again
// and again.
// `bind` returns `false` when it wants no more pages. The press then stops, too, and `run` returns.
// When one of them panics, so does `run`, and the other does not wait forever.
//
// How it is judged: the binder waits until the press is ahead as far as it may be, and the test
// counts the pages that are there at once: `room`, and one in the hands of each.
//
// Lesson: chapter-00 channels

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    // TODO: print on one thread and bind on the other, with a bounded channel between them.
    todo!()
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let press = (1..=9).inspect(|page| println!("  printed {page}"));
        run(press, 1, |page| {
            println!("bound {page}");
            page < 4
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;
    use witness::{InFlight, Peak, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    struct Page {
        number: usize,
        _counted: InFlight,
    }

    /// The most pages at once. The binder goes on when the press is as far ahead as it may be, and
    /// gives it a moment to go too far.
    fn most_at_once(room: usize) -> usize {
        let (printed, news) = mpsc::channel();
        let peak = Peak::new();
        let page = {
            let peak = peak.clone();
            move |number| {
                let page = Page { number, _counted: peak.enter() };
                let _ = printed.send(number);
                page
            }
        };
        within(LIMIT, move || {
            let (mut ahead, mut patience) = (0, PATIENCE);
            // The press could go on when it is as far ahead as it may be.
            let pages = room + 8;
            run((1..=pages).map(page), room, |page| {
                while ahead < pages.min(page.number + room + 1) {
                    match news.recv_timeout(patience) {
                        Ok(number) => ahead = number,
                        // Who was waited for in vain once is not waited for again.
                        Err(_) => {
                            patience = Duration::ZERO;
                            break;
                        }
                    }
                }
                if let Ok(number) = news.recv_timeout(Duration::from_millis(2)) {
                    ahead = number;
                }
                true
            });
        });
        peak.max()
    }

    #[test]
    fn the_press_is_ahead_by_the_room_and_no_more() {
        for room in [0, 1, 4, 300] {
            let most = most_at_once(room);
            assert_eq!(most, room + 2, "pages at once, with room for {room}");
        }
    }

    #[test]
    fn all_pages_are_bound_in_order_by_the_caller() {
        for pages in [0, 1, 30] {
            let bound = within(LIMIT, move || {
                let (caller, mut bound) = (thread::current().id(), Vec::new());
                run(0..pages, 2, |page| {
                    assert_eq!(thread::current().id(), caller);
                    bound.push(page);
                    true
                });
                bound
            });
            assert!(bound.into_iter().eq(0..pages));
        }
    }

    #[test]
    fn the_press_has_a_thread_of_its_own() {
        let ids = within(LIMIT, || {
            let mut ids = Vec::new();
            let press = (0..5).map(|_| thread::current().id());
            run(press, 2, |id| {
                ids.push(id);
                true
            });
            ids.push(thread::current().id());
            ids.dedup();
            ids
        });
        assert_eq!(ids.len(), 2, "one thread printed, another called");
    }

    #[test]
    fn the_press_sleeps_while_there_is_no_room() {
        let rest = within(LIMIT, || {
            // Each page has what the press has done.
            let press = (0..6).map(|_| Effort::of_this_thread());
            let mut rest = None;
            run(press, 1, |press| {
                rest.get_or_insert_with(|| {
                    let quiet = press.asleep();
                    thread::sleep(Duration::from_millis(400));
                    quiet.rest()
                });
                true
            });
            rest.expect("a page was bound")
        });
        assert!(rest.slept_on(), "the press looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "the press woke again and again, and there was no room: {rest:?}");
    }

    #[test]
    fn a_panic_ends_both() {
        for room in [0, 2] {
            let (told, bound) = within(LIMIT, move || {
                let mut bound = 0;
                let all = AssertUnwindSafe(|| {
                    run(0..1000, room, |page| {
                        assert!(page < 3, "this binder panics on purpose");
                        bound += 1;
                        true
                    });
                });
                (catch_unwind(all).is_err(), bound)
            });
            assert_eq!((told, bound), (true, 3), "whether `run` panicked, and pages before that");
            let (told, bound) = within(LIMIT, move || {
                let mut bound = 0;
                let press = (0..1000).inspect(|&page| {
                    assert!(page < 3, "this press panics on purpose");
                });
                let all = AssertUnwindSafe(|| {
                    run(press, room, |_| {
                        bound += 1;
                        true
                    });
                });
                (catch_unwind(all).is_err(), bound)
            });
            assert!(told, "the press panicked, and `run` did not");
            assert!(bound <= 3, "{bound} pages were bound, and 3 were printed");
        }
    }

    #[test]
    fn a_press_that_panics_after_the_last_page_is_heard() {
        let told = within(LIMIT, || {
            let (enough, is_enough) = mpsc::channel();
            let press = (0..9).inspect(move |&page| {
                if page > 0 {
                    let _ = is_enough.recv_timeout(PATIENCE);
                    panic!("this press panics on purpose");
                }
            });
            let all = AssertUnwindSafe(|| {
                run(press, 1, |_| {
                    let _ = enough.send(());
                    false
                });
            });
            catch_unwind(all).is_err()
        });
        assert!(told, "the press panicked while the binder wanted no more, and `run` did not");
    }

    #[test]
    fn a_binder_who_stops_stops_the_press() {
        let printed = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&printed);
        let bound = within(LIMIT, move || {
            let mut bound = 0;
            let press = (0..1000).inspect(|_| {
                counted.fetch_add(1, Ordering::Relaxed);
            });
            run(press, 2, |_| {
                bound += 1;
                bound < 3
            });
            bound
        });
        assert_eq!(bound, 3);
        let printed = printed.load(Ordering::Relaxed);
        assert!((3..=6).contains(&printed), "3 were bound, 2 and 1 may be left, not {printed}");
    }
}
