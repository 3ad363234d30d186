// The jobs of all shops are counted in one place.
// => failed two_shops_have_nothing_to_do_with_each_other

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

static PRINTED: AtomicUsize = AtomicUsize::new(0);

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    job_ended: Sender<()>,
    ended: Receiver<()>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        PRINTED.store(0, Ordering::SeqCst);
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}")).build().unwrap();
        let (job_ended, ended) = mpsc::channel();
        Shop { presses, complain: Arc::new(complain), job_ended, ended }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (complain, job_ended) = (Arc::clone(&self.complain), self.job_ended.clone());
        self.presses.spawn(move || {
            match catch_unwind(AssertUnwindSafe(job)) {
                Ok(()) => _ = PRINTED.fetch_add(1, Ordering::SeqCst),
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
                    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                    complain(text.unwrap_or_else(|| "no words".to_owned()));
                }
            }
            let _ = job_ended.send(());
        });
    }

    fn close(self) -> usize {
        drop(self.job_ended);
        self.ended.iter().for_each(drop);
        PRINTED.load(Ordering::SeqCst)
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
