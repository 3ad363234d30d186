// A bakery has a shelf with room for `room` loaves, at least one. Bakers `put` loaves on it and
// customers `take` the one that has lain there longest, from many threads. Who finds no room waits,
// and so does who finds no loaf. Waiting means sleeping until there is news, however long it takes.
//
// Anybody may `close` the bakery, also twice. From then on `put` gives the loaf back at once, as an
// error, and this goes for bakers who wait as well. `take` hands out what is left on the shelf, and
// then `None`, also to customers who wait. No loaf is ever lost. The standard library is enough.
//
// How it is judged: nine bakers and nine customers use one small shelf until the last loaf is sold.
// Many wait, on both sides, when the bakery closes. A thread that waits long hardly ever wakes.
//
// Lesson: chapter-00 condvar

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    loaves: Mutex<VecDeque<T>>,
    // TODO: what else does a shelf have?
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        Shelf { room, loaves: Mutex::default() }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        todo!()
    }

    fn take(&self) -> Option<T> {
        todo!()
    }

    fn close(&self) {
        todo!()
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let shelf = Shelf::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for loaf in 1..=6 {
                    shelf.put(loaf).expect("it is open");
                }
                shelf.close();
            });
            while let Some(loaf) = shelf.take() {
                println!("bought loaf {loaf}");
            }
        });
        println!("closed; loaf 7 comes back: {:?}", shelf.put(7));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::{Effort, stopped_anywhere};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);

    /// A loaf can be moved, and nothing else.
    #[derive(Debug, PartialEq)]
    struct Loaf(usize);

    /// Waits until so many have come, and then for those who came to fall asleep.
    fn asleep(came: &AtomicUsize, all: usize) {
        let begun = Instant::now();
        while came.load(Ordering::Relaxed) < all && begun.elapsed() < LIMIT / 2 {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(10));
    }

    #[test]
    fn the_oldest_loaf_is_sold_first() {
        let sold = within(LIMIT, || {
            let shelf = Shelf::new(40);
            for nth in 0..40 {
                assert_eq!(shelf.put(Loaf(nth)), Ok(()), "there was room, and it was open");
            }
            (0..40).map(|_| shelf.take()).collect::<Vec<_>>()
        });
        let expected: Vec<_> = (0..40).map(|nth| Some(Loaf(nth))).collect();
        assert_eq!(sold, expected, "in the order in which they were put there");
    }

    #[test]
    fn a_full_shelf_keeps_the_baker_waiting() {
        for room in [1, 3, 16] {
            let lain = within(LIMIT, move || {
                let (shelf, put) = (Shelf::new(room), AtomicUsize::new(0));
                thread::scope(|scope| {
                    let baker = scope.spawn(|| {
                        for nth in 0..3 * room {
                            let _ = shelf.put(Loaf(nth));
                            put.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                    asleep(&put, room);
                    let lain = put.load(Ordering::Relaxed);
                    for _ in 0..3 * room {
                        let _ = shelf.take();
                    }
                    baker.join().expect("a baker does not panic");
                    lain
                })
            });
            assert_eq!(lain, room, "loaves on the shelf before anybody bought one");
        }
    }

    #[test]
    fn of_many_bakers_and_customers_nobody_is_left_waiting() {
        const EACH: usize = 200;
        for room in [1, 2, 5] {
            let (sold, empty) = within(LIMIT, move || {
                let (shelf, empty) = (Shelf::new(room), AtomicUsize::new(0));
                let mut sold = thread::scope(|scope| {
                    let (shelf, empty) = (&shelf, &empty);
                    for baker in 0..9 {
                        scope.spawn(move || {
                            for nth in 0..EACH {
                                assert!(shelf.put(Loaf(baker * EACH + nth)).is_ok(), "it is open");
                            }
                        });
                    }
                    let buy = move || {
                        let loaves = (0..EACH).filter_map(|_| {
                            let loaf = shelf.take();
                            empty.fetch_add(usize::from(loaf.is_none()), Ordering::Relaxed);
                            loaf
                        });
                        loaves.collect::<Vec<_>>()
                    };
                    let customers: Vec<_> = (0..9).map(|_| scope.spawn(buy)).collect();
                    let sold = customers.into_iter().flat_map(|it| it.join().unwrap_or_default());
                    sold.map(|loaf| loaf.0).collect::<Vec<_>>()
                });
                sold.sort();
                (sold, empty.into_inner())
            });
            assert_eq!(empty, 0, "customers who were sent away although the bakery was open");
            assert!(sold.into_iter().eq(0..9 * EACH), "each loaf is sold, and to one customer");
        }
    }

    #[test]
    fn closing_sends_every_waiting_customer_home() {
        let got = within(LIMIT, || {
            let (shelf, came) = (Shelf::<Loaf>::new(2), AtomicUsize::new(0));
            thread::scope(|scope| {
                let wait = || {
                    came.fetch_add(1, Ordering::Relaxed);
                    shelf.take()
                };
                let customers: Vec<_> = (0..9).map(|_| scope.spawn(wait)).collect();
                asleep(&came, 9);
                shelf.close();
                let got =
                    customers.into_iter().map(|it| it.join().expect("a customer does not panic"));
                got.collect::<Vec<_>>()
            })
        });
        assert!(got.iter().all(Option::is_none), "there was no loaf, but somebody got {got:?}");
    }

    #[test]
    fn closing_gives_every_waiting_baker_the_loaf_back() {
        for round in 0..10 {
            let (back, left) = within(LIMIT, || {
                let (shelf, came) = (Shelf::new(3), AtomicUsize::new(0));
                for nth in 0..3 {
                    let _ = shelf.put(Loaf(nth));
                }
                thread::scope(|scope| {
                    let (shelf, came) = (&shelf, &came);
                    let bakers = (3..12).map(|nth| {
                        scope.spawn(move || {
                            came.fetch_add(1, Ordering::Relaxed);
                            shelf.put(Loaf(nth))
                        })
                    });
                    let bakers: Vec<_> = bakers.collect();
                    asleep(came, 9);
                    shelf.close();
                    // Now there is room, but it is too late.
                    let left: Vec<_> = std::iter::from_fn(|| shelf.take()).collect();
                    let back =
                        bakers.into_iter().map(|it| it.join().expect("a baker does not panic"));
                    let back: Vec<_> = back.collect();
                    (back, left)
                })
            });
            let expected: Vec<_> = (3..12).map(|nth| Err(Loaf(nth))).collect();
            assert_eq!(back, expected, "each baker's own loaf comes back, in round {round}");
            assert_eq!(
                left,
                [Loaf(0), Loaf(1), Loaf(2)],
                "what was left is sold, in round {round}"
            );
        }
    }

    #[test]
    fn what_is_left_is_sold_after_closing() {
        within(LIMIT, || {
            let shelf = Shelf::new(9);
            for nth in 0..4 {
                let _ = shelf.put(Loaf(nth));
            }
            shelf.close();
            shelf.close();
            assert_eq!(shelf.put(Loaf(9)), Err(Loaf(9)), "there is room, but it is closed");
            let left: Vec<_> = std::iter::from_fn(|| shelf.take()).collect();
            assert_eq!(left, [Loaf(0), Loaf(1), Loaf(2), Loaf(3)], "sold after closing");
            assert_eq!(shelf.take(), None, "it stays closed and empty");
        });
    }

    #[test]
    fn whoever_waits_sleeps_until_there_is_news() {
        let rests = within(LIMIT, || {
            let (empty, full) = (Shelf::new(1), Shelf::new(1));
            let _ = full.put(Loaf(0));
            let (customer, baker) = (OnceLock::new(), OnceLock::new());
            thread::scope(|scope| {
                scope.spawn(|| {
                    customer.get_or_init(Effort::of_this_thread);
                    let _ = empty.take();
                });
                scope.spawn(|| {
                    baker.get_or_init(Effort::of_this_thread);
                    let _ = full.put(Loaf(1));
                });
                let quiet = [customer.wait().asleep(), baker.wait().asleep()];
                thread::sleep(Duration::from_millis(600));
                let rests = quiet.map(|quiet| quiet.rest());
                let _ = (empty.put(Loaf(2)), full.take());
                rests
            })
        });
        for (who, rest) in ["customer", "baker"].into_iter().zip(rests) {
            assert!(rest.slept_on(), "the {who} looked again and again, not slept: {rest:?}");
            assert!(rest.naps < 9, "the {who} woke again and again, and for no news: {rest:?}");
        }
    }

    #[test]
    fn no_closing_is_missed_by_somebody_who_is_about_to_wait() {
        // A customer waits at an empty shelf, a baker at a full one.
        for customer in [true, false] {
            let missed = within(LIMIT, move || {
                let shelves = Vec::from_iter((0..20_000).map(|_| Shelf::new(1)));
                if !customer {
                    shelves.iter().for_each(|shelf| drop(shelf.put(Loaf(0))));
                }
                let (at, begun) = (AtomicUsize::new(0), Instant::now());
                // Which shelf was closed, after how many stops, and whether somebody waits on there.
                let (mut closed, mut stops, mut missed) = (None, 0, false);
                stopped_anywhere(
                    || {
                        for (nth, shelf) in shelves.iter().enumerate() {
                            at.store(nth, Ordering::SeqCst);
                            let _ = if customer {
                                shelf.take().map_or(Ok(()), Err)
                            } else {
                                shelf.put(Loaf(1))
                            };
                            if begun.elapsed() > Duration::from_millis(700) {
                                break;
                            }
                        }
                    },
                    || {
                        let nth = at.load(Ordering::SeqCst);
                        stops = if closed == Some(nth) { stops + 1 } else { 0 };
                        // Whoever is stopped so often has run in between.
                        let waits_on = stops > 3_000;
                        if closed != Some(nth) || waits_on {
                            shelves[nth].close();
                            closed = Some(nth);
                            missed |= waits_on;
                        }
                    },
                );
                missed
            });
            let who = if customer { "a customer" } else { "a baker" };
            assert!(!missed, "{who} was about to wait when the bakery closed, and waits on");
        }
    }
}
