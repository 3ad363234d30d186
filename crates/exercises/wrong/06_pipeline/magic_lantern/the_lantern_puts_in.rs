// The lantern itself puts in the slide of who waits: if that painter gives up then, it stays there.
// => failed who_gives_up_when_woken_has_put_nothing_in

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

struct Inside<T> {
    shown: usize,
    places: VecDeque<Option<T>>,
    painters: BTreeMap<usize, (T, Waker)>,
    lantern: Option<Waker>,
}

struct Tray<T> {
    room: usize,
    inside: Mutex<Inside<T>>,
}

impl<T> Tray<T> {
    fn new(room: usize) -> Self {
        let places = VecDeque::new();
        let painters = BTreeMap::new();
        Tray { room, inside: Mutex::new(Inside { shown: 0, places, painters, lantern: None }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn put(&self, nth: usize, slide: T) {
        struct Wait<'a, T>(&'a Tray<T>, usize);
        impl<T> Drop for Wait<'_, T> {
            fn drop(&mut self) {
                let mine = self.0.lock().painters.remove(&self.1);
                drop(mine);
            }
        }
        let mut slide = Some(slide);
        let mut wait = None;
        let lantern = poll_fn(|context| {
            let waker = context.waker().clone();
            let mut inside = self.lock();
            let ahead = nth.saturating_sub(inside.shown);
            if wait.is_some() {
                match inside.painters.get_mut(&nth) {
                    Some(place) => {
                        place.1 = waker;
                        return Poll::Pending;
                    }
                    None => return Poll::Ready(None),
                }
            }
            if ahead >= self.room {
                if let Some(slide) = slide.take() {
                    inside.painters.insert(nth, (slide, waker));
                    wait = Some(Wait(self, nth));
                }
                return Poll::Pending;
            }
            while inside.places.len() <= ahead {
                inside.places.push_back(None);
            }
            inside.places[ahead] = slide.take();
            let lantern = if ahead == 0 { inside.lantern.take() } else { None };
            drop(inside);
            Poll::Ready(lantern)
        })
        .await;
        if let Some(lantern) = lantern {
            lantern.wake();
        }
    }

    async fn next(&self) -> T {
        let (slide, painter) = poll_fn(|context| {
            let waker = context.waker().clone();
            let mut inside = self.lock();
            let there = inside.places.front_mut().and_then(|place| place.take());
            let Some(slide) = there else {
                let old = inside.lantern.replace(waker);
                drop(inside);
                drop(old);
                return Poll::Pending;
            };
            inside.places.pop_front();
            inside.shown += 1;
            let last = inside.shown.saturating_add(self.room - 1);
            let painter = match inside.painters.remove(&last) {
                None => None,
                Some((slide, waker)) => {
                    while inside.places.len() < self.room {
                        inside.places.push_back(None);
                    }
                    let place = self.room - 1;
                    inside.places[place] = Some(slide);
                    Some(waker)
                }
            };
            drop(inside);
            Poll::Ready((slide, painter))
        })
        .await;
        if let Some(painter) = painter {
            painter.wake();
        }
        slide
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
