// Wakes some painter, who may not be the one with the place.
// => failed a_slide_waits_until_the_tray_has_a_place_for_it

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
            let painter = inside.painters.pop_last().map(|(_, painter)| painter);
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
