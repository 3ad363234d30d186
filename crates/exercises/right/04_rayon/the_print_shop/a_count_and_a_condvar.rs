// Counts the jobs under way behind a lock; who closes waits at a condition variable.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Default)]
struct Jobs {
    under_way: usize,
    printed: usize,
}

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    jobs: Arc<(Mutex<Jobs>, Condvar)>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}")).build();
        let presses = presses.expect("there is room for a few threads");
        Shop { presses, complain: Arc::new(complain), jobs: Arc::default() }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (complain, jobs) = (Arc::clone(&self.complain), Arc::clone(&self.jobs));
        jobs.0.lock().expect("nobody panics with it").under_way += 1;
        self.presses.spawn(move || {
            let printed = catch_unwind(AssertUnwindSafe(job)).map_err(|panic| {
                complain(match panic.downcast::<String>() {
                    Ok(text) => *text,
                    Err(panic) => panic.downcast_ref::<&str>().unwrap_or(&"no words").to_string(),
                });
            });
            let mut now = jobs.0.lock().expect("nobody panics with it");
            now.under_way -= 1;
            now.printed += usize::from(printed.is_ok());
            jobs.1.notify_all();
        });
    }

    fn close(self) -> usize {
        let jobs = self.jobs.0.lock().expect("nobody panics with it");
        let jobs = self.jobs.1.wait_while(jobs, |jobs| jobs.under_way > 0);
        jobs.expect("nobody panics with it").printed
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
