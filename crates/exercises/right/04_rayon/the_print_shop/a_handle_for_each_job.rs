// A channel for each job, and who closes asks one after the other.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

struct Shop {
    presses: ThreadPool,
    complain: Arc<dyn Fn(String) + Send + Sync>,
    jobs: Mutex<Vec<Receiver<()>>>,
}

impl Shop {
    fn open(presses: usize, complain: impl Fn(String) + Send + Sync + 'static) -> Shop {
        let presses = ThreadPoolBuilder::new()
            .num_threads(presses)
            .thread_name(|nth| format!("press {nth}"))
            .build()
            .expect("there is room for a few threads");
        Shop { presses, complain: Arc::new(complain), jobs: Mutex::default() }
    }

    fn order(&self, job: impl FnOnce() + Send + 'static) {
        let (sender, receiver) = sync_channel(1);
        self.jobs.lock().expect("nobody panics with it").push(receiver);
        let complain = Arc::clone(&self.complain);
        self.presses.spawn_fifo(move || match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => sender.send(()).expect("there is room, and somebody waits"),
            // The sender is dropped when the complaint is made.
            Err(panic) if panic.is::<&str>() => {
                complain(panic.downcast_ref::<&str>().copied().unwrap_or_default().to_owned());
                drop(sender);
            }
            Err(panic) => {
                complain(
                    panic.downcast::<String>().map_or_else(|_| "no words".to_owned(), |it| *it),
                );
                drop(sender);
            }
        });
    }

    fn close(self) -> usize {
        let jobs = self.jobs.into_inner().expect("nobody panicked with it");
        jobs.into_iter().filter_map(|job| job.recv().ok()).count()
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
