// The pool's panic handler complains, and then tells that a job has ended.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

struct Shop {
    presses: ThreadPool,
    ordered: AtomicUsize,
    job_ended: Sender<bool>,
    ended: Receiver<bool>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let (job_ended, ended) = mpsc::channel();
        let panicked = Mutex::new(job_ended.clone());
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}"));
        let presses = presses.panic_handler(move |panic| {
            let text = match panic.downcast_ref::<&str>() {
                Some(text) => Some(text.to_string()),
                None => panic.downcast_ref::<String>().cloned(),
            };
            complain(text.unwrap_or_else(|| "no words".to_owned()));
            let _ = panicked.lock().expect("nobody panics with it").send(false);
        });
        let presses = presses.build().expect("there is room for a few threads");
        Shop { presses, ordered: AtomicUsize::new(0), job_ended, ended }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        self.ordered.fetch_add(1, Ordering::Relaxed);
        let job_ended = self.job_ended.clone();
        self.presses.spawn(move || {
            job();
            let _ = job_ended.send(true);
        });
    }

    fn close(self) -> usize {
        let ordered = self.ordered.into_inner();
        self.ended.iter().take(ordered).filter(|printed| *printed).count()
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
