// A watch channel says which slide is the next, and a notice that one came.

use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::sync::{Notify, watch};

struct Tray<T> {
    room: usize,
    slides: Mutex<BTreeMap<usize, T>>,
    next: watch::Sender<usize>,
    came: Notify,
}

impl<T> Tray<T> {
    fn new(room: usize) -> Self {
        let (next, slides) = (watch::Sender::new(0), Mutex::default());
        Tray { room, slides, next, came: Notify::new() }
    }

    async fn put(&self, nth: usize, slide: T) {
        let mut next = self.next.subscribe();
        next.wait_for(|next| nth < next + self.room).await.expect("the tray is there");
        self.slides.lock().unwrap().insert(nth, slide);
        self.came.notify_one();
    }

    async fn next(&self) -> T {
        loop {
            let next = *self.next.borrow();
            let slide = self.slides.lock().unwrap().remove(&next);
            if let Some(slide) = slide {
                self.next.send_replace(next + 1);
                return slide;
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
