// Waits until as many are printed as were ordered: with a panic, forever.
// => failed a_panic_is_heard_and_the_press_goes_on

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

struct Shop {
    presses: ThreadPool,
    ordered: AtomicUsize,
    printed: Arc<(Mutex<usize>, Condvar)>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}"));
        let presses = presses.panic_handler(move |panic| {
            let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            complain(text.unwrap_or_else(|| "no words".to_owned()));
        });
        let presses = presses.build().unwrap();
        Shop { presses, ordered: AtomicUsize::new(0), printed: Arc::default() }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        self.ordered.fetch_add(1, Ordering::SeqCst);
        let printed = Arc::clone(&self.printed);
        self.presses.spawn(move || {
            job();
            *printed.0.lock().unwrap() += 1;
            printed.1.notify_all();
        });
    }

    fn close(self) -> usize {
        let ordered = self.ordered.load(Ordering::SeqCst);
        let printed = self.printed.0.lock().unwrap();
        *self.printed.1.wait_while(printed, |printed| *printed < ordered).unwrap()
    }
}

fn main() {
    let printed = witness::within(std::time::Duration::from_secs(5), || {
        let shop = Shop::open(1, |words| println!("a complaint: {words}"));
        shop.order(|| println!("a poster"));
        shop.order(|| std::panic::resume_unwind(Box::new("the paper is torn")));
        shop.order(|| println!("a book"));
        shop.close()
    });
    println!("{printed} jobs were printed");
}
