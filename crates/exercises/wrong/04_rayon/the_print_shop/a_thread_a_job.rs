// A new thread for each job, with the name of a press.
// => failed jobs_are_done_by_presses_and_counted

use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

struct Shop {
    presses: usize,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    jobs: Mutex<Vec<JoinHandle<bool>>>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        Shop { presses, complain: Arc::new(complain), jobs: Mutex::default() }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let complain = Arc::clone(&self.complain);
        let mut jobs = self.jobs.lock().unwrap();
        let press = Builder::new().name(format!("press {}", jobs.len() % self.presses));
        let job = press.spawn(move || {
            let printed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
            if let Err(panic) = &printed {
                let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                complain(text.unwrap_or_else(|| "no words".to_owned()));
            }
            printed.is_ok()
        });
        jobs.push(job.unwrap());
    }

    fn close(self) -> usize {
        let jobs = self.jobs.into_inner().unwrap();
        jobs.into_iter().filter_map(|job| job.join().ok()).filter(|printed| *printed).count()
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
