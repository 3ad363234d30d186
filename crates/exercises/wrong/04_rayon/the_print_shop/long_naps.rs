// Looks now and then whether all have ended, but seldom.
// => failed who_closes_sleeps_until_the_end

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    /// Each job has a clone. When all of them are gone, `ended` ends.
    job_ended: Sender<bool>,
    ended: Receiver<bool>,
}

impl Shop {
    /// Opens a shop.
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}")).build();
        let presses = presses.expect("there is room for a few threads");
        let (job_ended, ended) = mpsc::channel();
        Shop { presses, complain: Arc::new(complain), job_ended, ended }
    }

    /// Leaves a job in the shop.
    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (complain, job_ended) = (Arc::clone(&self.complain), self.job_ended.clone());
        self.presses.spawn(move || {
            let printed = catch_unwind(AssertUnwindSafe(job));
            let is_printed = printed.is_ok();
            if let Err(panic) = printed {
                complain(words(&*panic));
            }
            job_ended.send(is_printed).expect("the shop is open until all have ended");
        });
    }

    /// Waits until all jobs have ended. Returns how many were printed.
    fn close(self) -> usize {
        drop(self.job_ended);
        let mut all = Vec::new();
        loop {
            match self.ended.try_recv() {
                Ok(one) => all.push(one),
                Err(mpsc::TryRecvError::Empty) => std::thread::sleep(std::time::Duration::from_millis(300)),
                Err(_) => break,
            }
        }
        all.iter().filter(|printed| **printed).count()
    }
}

/// The words of a panic.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no words".to_owned())
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
