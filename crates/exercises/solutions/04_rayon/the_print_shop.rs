// A print shop has presses of its own: threads called `press 0`, `press 1` and so on, a pool of
// Rayon. Customers leave jobs and go. Some jobs panic. Write `Shop`.
//
// What is wanted: `order` returns at once, whether a press is free or not. Only presses work, each
// on one job at a time, and as many jobs are under way as there are presses. When a job panics, its
// press calls `complain` with the words of the panic, `no words` if it said none, and then goes on
// with other jobs. `close` returns when every job has ended and all complaints are made; until then
// it sleeps. It says how many jobs were printed, which are those that did not panic. Two shops have
// nothing to do with each other. `complain` does not panic.
//
// How it is judged: nine jobs wait for each other; one waits until forty more are ordered. The
// threads are counted, and have names. Some jobs panic with a text, a `String`, or a number.
//
// Lesson: chapter-04 panics

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
        self.ended.iter().filter(|printed| *printed).count()
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

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::panic::resume_unwind;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, Peak, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// A shop in which nobody complains.
    fn quiet(presses: usize) -> Shop {
        Shop::open(presses, |words| unreachable!("there is nothing to complain about: {words}"))
    }

    /// Panics without a message in the test's output.
    fn fail(words: &'static str) {
        resume_unwind(Box::new(words))
    }

    #[test]
    fn jobs_are_done_by_presses_and_counted() {
        let (printed, working, peak) = within(LIMIT, || {
            let (shop, working, peak) = (quiet(3), Threads::new(), Peak::new());
            for _ in 0..100 {
                let (working, peak) = (working.clone(), peak.clone());
                shop.order(move || {
                    let _job = peak.enter();
                    working.note();
                });
            }
            (shop.close(), working, peak)
        });
        assert_eq!((printed, peak.total()), (100, 100), "jobs printed, and jobs done");
        let names = working.names();
        let presses = names.iter().all(|name| ["press 0", "press 1", "press 2"].contains(&&**name));
        assert!(presses, "there are three presses, and jobs were done by {names:?}");
        assert!(working.count() <= 3, "{} threads, of three presses", working.count());
        assert!(peak.max() <= 3, "{} jobs at once, on three presses", peak.max());
    }

    #[test]
    fn nine_presses_work_at_once() {
        let (printed, missed) = within(LIMIT, || {
            let (all, missed) = (Rendezvous::new(9), Arc::new(AtomicBool::new(false)));
            let shop = quiet(9);
            for _ in 0..9 {
                let (all, missed) = (all.clone(), Arc::clone(&missed));
                shop.order(move || {
                    // Who comes after a missed meeting need not wait as well.
                    if !missed.load(SeqCst) && all.meet(PATIENCE).is_err() {
                        missed.store(true, SeqCst);
                    }
                });
            }
            (shop.close(), missed.load(SeqCst))
        });
        assert!(!missed, "nine jobs, on nine presses, were never under way at once");
        assert_eq!(printed, 9, "jobs printed");
    }

    #[test]
    fn an_order_waits_for_no_press() {
        let (in_time, printed) = within(LIMIT, || {
            let (shop, in_time) = (quiet(1), Arc::new(AtomicBool::new(false)));
            let (more, ordered) = mpsc::channel();
            let is_in_time = Arc::clone(&in_time);
            // The only press is busy until all others are ordered.
            shop.order(move || is_in_time.store(ordered.recv_timeout(PATIENCE).is_ok(), SeqCst));
            for _ in 0..40 {
                shop.order(|| ());
            }
            // An error says that the job has given up.
            let _ = more.send(());
            let printed = shop.close();
            (in_time.load(SeqCst), printed)
        });
        assert!(in_time, "the press was busy, and nobody could order anything meanwhile");
        assert_eq!(printed, 41, "jobs printed");
    }

    #[test]
    fn a_panic_is_heard_and_the_press_goes_on() {
        let (printed, mut heard) = within(LIMIT, || {
            let heard = Log::new();
            let complaints = heard.clone();
            let shop = Shop::open(1, move |words| {
                let press = thread::current().name().map(str::to_owned);
                complaints.push((words, press));
            });
            shop.order(|| fail("the paper is torn"));
            shop.order(|| ());
            shop.order(|| resume_unwind(Box::new(format!("out of {}", "ink"))));
            shop.order(|| resume_unwind(Box::new(7)));
            shop.order(|| ());
            (shop.close(), heard.events())
        });
        heard.sort();
        let press = Some("press 0".to_owned());
        let expected = ["no words", "out of ink", "the paper is torn"];
        let expected = expected.map(|words| (words.to_owned(), press.clone()));
        assert_eq!(heard, expected, "what the shop heard, and on which thread");
        assert_eq!(printed, 2, "jobs printed, when three of five panic");
    }

    #[test]
    fn it_closes_when_all_jobs_have_ended() {
        let (printed, ended) = within(LIMIT, || {
            let (shop, ended) = (Shop::open(2, |_| ()), Arc::new(AtomicUsize::new(0)));
            for job in 0..20 {
                let ended = Arc::clone(&ended);
                shop.order(move || {
                    thread::sleep(Duration::from_millis(10));
                    ended.fetch_add(1, SeqCst);
                    if job % 2 == 0 {
                        fail("this one panics");
                    }
                });
            }
            let printed = shop.close();
            (printed, ended.load(SeqCst))
        });
        assert_eq!(ended, 20, "jobs that had ended when the shop was closed");
        assert_eq!(printed, 10, "jobs printed, when every other one panics");
    }

    #[test]
    fn it_closes_when_all_complaints_are_made() {
        let heard = within(LIMIT, || {
            let heard = Arc::new(AtomicUsize::new(0));
            let complaints = Arc::clone(&heard);
            let shop = Shop::open(3, move |_| {
                thread::sleep(Duration::from_millis(200));
                complaints.fetch_add(1, SeqCst);
            });
            for _ in 0..3 {
                shop.order(|| fail("this one panics"));
            }
            shop.close();
            heard.load(SeqCst)
        });
        assert_eq!(heard, 3, "complaints that were made when the shop was closed");
    }

    #[test]
    fn who_closes_sleeps_until_the_end() {
        let rest = within(LIMIT, || {
            let (shop, (tell, told)) = (quiet(1), mpsc::channel());
            let (caller, (closes, is_closing)) = (Effort::of_this_thread(), mpsc::channel());
            shop.order(move || {
                let _ = is_closing.recv_timeout(PATIENCE);
                let quiet = caller.asleep();
                thread::sleep(Duration::from_millis(600));
                let _ = tell.send(quiet.rest());
            });
            closes.send(()).expect("the job waits for it");
            let printed = shop.close();
            assert_eq!(printed, 1, "jobs printed");
            told.recv().expect("the job has ended, and has told it")
        });
        assert!(rest.slept_on(), "who closes the shop looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "who closes the shop woke again and again, for no news: {rest:?}");
    }

    #[test]
    fn two_shops_have_nothing_to_do_with_each_other() {
        let printed = within(LIMIT, || {
            let (one, other, none) = (quiet(2), Shop::open(1, |_| ()), quiet(1));
            let all = Arc::new(Mutex::new(0));
            for _ in 0..7 {
                let count = Arc::clone(&all);
                one.order(move || *count.lock().expect("nobody panics with it") += 1);
                other.order(|| fail("this one panics"));
            }
            [other.close(), one.close(), none.close()]
        });
        assert_eq!(printed, [0, 7, 0], "jobs printed in three shops, of which one had no orders");
    }
}
