// The job's end is told while it unwinds, before the pool's handler complains.
// => failed it_closes_when_all_complaints_are_made

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

struct Shop {
    presses: ThreadPool,
    job_ended: Sender<bool>,
    ended: Receiver<bool>,
}

struct Job(Sender<bool>);

impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.0.send(!thread::panicking());
    }
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
        let (job_ended, ended) = mpsc::channel();
        Shop { presses: presses.build().unwrap(), job_ended, ended }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let ends = Job(self.job_ended.clone());
        self.presses.spawn(move || {
            let _ends = ends;
            job();
        });
    }

    fn close(self) -> usize {
        drop(self.job_ended);
        self.ended.iter().filter(|printed| *printed).count()
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
