// Looks again and again whether all jobs have ended.
// => failed who_closes_sleeps_until_the_end

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    /// Printed, and under way.
    jobs: Arc<(AtomicUsize, AtomicUsize)>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}")).build().unwrap();
        Shop { presses, complain: Arc::new(complain), jobs: Arc::default() }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (complain, jobs) = (Arc::clone(&self.complain), Arc::clone(&self.jobs));
        jobs.1.fetch_add(1, Ordering::SeqCst);
        self.presses.spawn(move || {
            match catch_unwind(AssertUnwindSafe(job)) {
                Ok(()) => _ = jobs.0.fetch_add(1, Ordering::SeqCst),
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
                    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                    complain(text.unwrap_or_else(|| "no words".to_owned()));
                }
            }
            jobs.1.fetch_sub(1, Ordering::SeqCst);
        });
    }

    fn close(self) -> usize {
        while self.jobs.1.load(Ordering::SeqCst) > 0 {
            std::hint::spin_loop();
        }
        self.jobs.0.load(Ordering::SeqCst)
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
