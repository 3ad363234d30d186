// `install` waits until the job is done.
// => failed an_order_waits_for_no_press

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Shop {
    presses: ThreadPool,
    complain: Box<dyn Fn(String) + Send + Sync>,
    printed: Cell<usize>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new().num_threads(presses);
        let presses = presses.thread_name(|nth| format!("press {nth}")).build().unwrap();
        Shop { presses, complain: Box::new(complain), printed: Cell::new(0) }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let complain = &self.complain;
        let printed = self.presses.install(|| {
            let printed = catch_unwind(AssertUnwindSafe(job));
            if let Err(panic) = &printed {
                let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                complain(text.unwrap_or_else(|| "no words".to_owned()));
            }
            printed.is_ok()
        });
        self.printed.set(self.printed.get() + usize::from(printed));
    }

    fn close(self) -> usize {
        self.printed.get()
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
