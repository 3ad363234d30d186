// The jobs go to the global pool, which belongs to everybody.
// => failed jobs_are_done_by_presses_and_counted

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

struct Shop {
    complain: Arc<dyn Fn(String) + Send + Sync>,
    job_ended: Sender<bool>,
    ended: Receiver<bool>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let (job_ended, ended) = mpsc::channel();
        Shop { complain: Arc::new(complain), job_ended, ended }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (complain, job_ended) = (Arc::clone(&self.complain), self.job_ended.clone());
        rayon::spawn(move || {
            let printed = catch_unwind(AssertUnwindSafe(job));
            let is_printed = printed.is_ok();
            if let Err(panic) = printed {
                let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                complain(text.unwrap_or_else(|| "no words".to_owned()));
            }
            let _ = job_ended.send(is_printed);
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
