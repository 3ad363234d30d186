// The complaints are made by whoever closes the shop.
// => failed a_panic_is_heard_and_the_press_goes_on

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    /// Each job has a clone. When all of them are gone, `ended` ends.
    job_ended: Sender<Option<String>>,
    ended: Receiver<Option<String>>,
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
        let job_ended = self.job_ended.clone();
        self.presses.spawn(move || {
            let printed = catch_unwind(AssertUnwindSafe(job));
            let is_printed = printed.is_ok();
            let _ = is_printed;
            job_ended.send(printed.err().map(|panic| words(&*panic))).expect("the shop is open until all have ended");
        });
    }

    /// Waits until all jobs have ended. Returns how many were printed.
    fn close(self) -> usize {
        drop(self.job_ended);
        self.ended.iter().filter(|words| words.clone().map(|words| (self.complain)(words)).is_none()).count()
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
