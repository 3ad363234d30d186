// A library has rooms for quiet work, and a key for each. Whoever takes a key takes it along, even
// into work on another thread, and a key that is dropped is back at the desk. There are never more
// keys out than rooms. Nobody waits, and nobody is sent away while a key is there. What a guest
// leaves in a room is seen by the next.
//
// How it is judged: loom runs each test in every order in which the threads can take their steps. It
// sees `loom::sync` only, so take locks and atomics from there: a test counts the orders. The guests
// that are in the rooms at once are counted, and those who were sent away.
//
// Lesson: chapter-06 pipeline

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone)]
struct Desk {
    keys: Arc<AtomicUsize>,
}

struct Key {
    desk: Desk,
}

impl Desk {
    fn new(rooms: usize) -> Self {
        Desk { keys: Arc::new(AtomicUsize::new(rooms)) }
    }

    fn take(&self) -> Option<Key> {
        // TODO: take a key in one step with seeing that there is one.
        todo!()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // TODO: bring the key back.
    }
}

fn main() {
    loom::model(|| {
        let desk = Desk::new(1);
        let key = desk.take();
        assert!(key.is_some() && desk.take().is_none());
        drop(key);
        assert!(desk.take().is_some());
    });
    println!("one room, one key");
}

#[cfg(test)]
mod tests {
    use super::{Desk, Key};
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicUsize, Ordering};
    use loom::thread;
    use std::time::Duration;
    use witness::{Log, Peak, within};

    const LIMIT: Duration = Duration::from_secs(120);

    /// Runs a story in every order there is. No story panics: it notes what is judged afterward.
    fn in_every_order<T: Clone + Send + 'static>(
        story: impl Fn() -> T + Send + Sync + 'static,
    ) -> Vec<T> {
        let log = Log::new();
        let noted = log.clone();
        within(LIMIT, move || loom::model(move || noted.push(story())));
        log.events()
    }

    /// Takes a key, if there is one, and is in the room with it as long as `visit` takes.
    fn guest(desk: &Desk, visit: impl FnOnce() + 'static) -> thread::JoinHandle<bool> {
        let desk = desk.clone();
        thread::spawn(move || {
            let key = desk.take();
            key.as_ref().map(|_| visit()).is_some()
        })
    }

    #[test]
    fn never_more_guests_than_rooms() {
        for rooms in [1, 2] {
            let peak = Peak::new();
            let inside = peak.clone();
            in_every_order(move || {
                let desk = Desk::new(rooms);
                let visit = |inside: Peak| {
                    move || {
                        let _inside = inside.enter();
                        thread::yield_now();
                    }
                };
                let guests = [(); 2].map(|()| guest(&desk, visit(inside.clone())));
                guests.into_iter().for_each(|guest| drop(guest.join()));
            });
            assert_eq!(peak.max(), rooms, "guests at once, of two, where there are {rooms} rooms");
        }
    }

    #[test]
    fn nobody_is_sent_away_while_a_key_is_there() {
        let both = in_every_order(|| {
            let desk = Desk::new(2);
            let other = guest(&desk, || ());
            let mine = desk.take().is_some();
            other.join().expect("no guest panics") && mine
        });
        assert!(both.into_iter().all(|both| both), "two guests, two rooms, and one was sent away");
        let again = in_every_order(|| {
            let desk = Desk::new(1);
            let mine = desk.take();
            let other = guest(&desk, || ());
            drop(mine);
            let again = desk.take().is_some();
            other.join().expect("no guest panics") || again
        });
        assert!(again.into_iter().all(|one| one), "the key came back, and nobody had it");
    }

    #[test]
    fn however_often_others_are_faster_nobody_is_sent_away() {
        let mine = in_every_order(|| {
            let desk = Desk::new(2);
            let busy = desk.clone();
            // One key goes, comes back and goes again, and a second one is there all the time.
            let other = thread::spawn(move || {
                drop(busy.take());
                busy.take()
            });
            let mine = desk.take().is_some();
            let _key = other.join().expect("no guest panics");
            mine
        });
        assert!(mine.into_iter().all(|mine| mine), "a key was there, and others were faster");
    }

    #[test]
    fn loom_sees_the_keys() {
        let orders = in_every_order(|| {
            let desk = Desk::new(1);
            let other = guest(&desk, || ());
            let mine = desk.take().is_some();
            other.join().expect("no guest panics") || mine
        });
        assert!(orders.iter().all(|one| *one), "one room, two guests, and nobody had the key");
        let orders = orders.len();
        assert!(orders >= 4, "loom tried {orders} orders only: it does not see what is shared");
    }

    #[test]
    fn what_a_guest_leaves_is_seen_by_the_next() {
        let lost = in_every_order(|| {
            let (desk, visits) = (Desk::new(1), Arc::new(AtomicUsize::new(0)));
            let visit = || {
                let visits = Arc::clone(&visits);
                move || {
                    // Two steps, and no orders: it is the key that keeps others out.
                    let before = visits.load(Ordering::Relaxed);
                    visits.store(before + 1, Ordering::Relaxed);
                }
            };
            let guests = [guest(&desk, visit()), guest(&desk, visit())];
            let with_key = guests.map(|guest| guest.join().expect("no guest panics"));
            let with_key = with_key.into_iter().filter(|has_key| *has_key).count();
            with_key - visits.load(Ordering::Relaxed)
        });
        assert_eq!(lost.iter().max(), Some(&0), "visits that the next guest did not see");
    }

    #[test]
    fn every_key_comes_back() {
        let back = in_every_order(|| {
            let desk = Desk::new(2);
            let key = desk.take();
            // Work that is dropped before it begins, and its key with it.
            drop(move || drop(key));
            let guests = [(); 2].map(|()| guest(&desk, || ()));
            guests.into_iter().for_each(|guest| drop(guest.join()));
            let keys: Vec<Key> = (0..9).map_while(|_| desk.take()).collect();
            keys.len()
        });
        assert!(back.iter().all(|keys| *keys == 2), "keys at the desk in the end: {back:?}");
    }

    #[test]
    fn there_may_be_many_rooms() {
        let keys = in_every_order(|| {
            let desk = Desk::new(100);
            let keys: Vec<Key> = (0..130).map_while(|_| desk.take()).collect();
            keys.len()
        });
        assert!(keys.iter().all(|keys| *keys == 100), "keys out, of a hundred rooms: {keys:?}");
    }

    #[test]
    fn a_key_comes_back_from_a_guest_who_panics() {
        let back = in_every_order(|| {
            let desk = Desk::new(1);
            let visit = std::panic::AssertUnwindSafe(|| {
                let _key = desk.take();
                std::panic::resume_unwind(Box::new("this guest panics on purpose"));
            });
            let panicked = std::panic::catch_unwind(visit).is_err();
            panicked && desk.take().is_some()
        });
        assert!(back.iter().all(|back| *back), "a guest panicked, and the key did not come back");
    }
}
