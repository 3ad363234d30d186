// A ring of places, and all painters are woken.

use std::sync::Mutex;
use tokio::sync::Notify;

struct Tray<T> {
    places: Mutex<(usize, Vec<Option<T>>)>,
    shown: Notify,
    came: Notify,
}

impl<T> Tray<T> {
    fn new(room: usize) -> Self {
        let places = Mutex::new((0, (0..room).map(|_| None).collect()));
        Tray { places, shown: Notify::new(), came: Notify::new() }
    }

    async fn put(&self, nth: usize, slide: T) {
        let mut slide = Some(slide);
        loop {
            // Made before it looks: it hears of all that is shown from now on.
            let shown = self.shown.notified();
            {
                let mut places = self.places.lock().unwrap();
                let room = places.1.len();
                if nth < places.0 + room {
                    places.1[nth % room] = slide.take();
                    drop(places);
                    self.came.notify_one();
                    return;
                }
            }
            shown.await;
        }
    }

    async fn next(&self) -> T {
        loop {
            {
                let mut places = self.places.lock().unwrap();
                let at = places.0 % places.1.len();
                if let Some(slide) = places.1[at].take() {
                    places.0 += 1;
                    drop(places);
                    self.shown.notify_waiters();
                    return slide;
                }
            }
            self.came.notified().await;
        }
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
