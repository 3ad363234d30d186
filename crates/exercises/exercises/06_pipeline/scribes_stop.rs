// Scribes, the threads of a pool, copy the pages of a book for a customer, all scribes at once,
// each page once. The customer waits without holding a thread, and gets the copies in the order of
// the pages. Customers may leave at any moment, and are dropped. Then
// - the scribes finish the pages that they have begun, and begin no more of this book;
// - nobody panics, and the customer does not wait until the scribes have noticed;
// - the book is dropped as soon as the last of them is done with it.
// A book may have no pages. To copy does not panic.
//
// How it is judged: scribes and customer meet while pages are copied. A customer leaves while each
// scribe is at a page, and the test counts the pages that are begun afterward, with pools of 1, 3
// and 4 scribes. Wakes are counted, and the threads' names are looked at.
//
// Lesson: chapter-06 bridge

use futures::executor::block_on;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn copy<P, C>(
    scribes: &ThreadPool,
    book: Vec<P>,
    copy: impl Fn(&P) -> C + Send + Sync + 'static,
) -> Vec<C>
where
    P: Send + Sync + 'static,
    C: Send + 'static,
{
    // TODO: to the scribes and back, and how do they learn that nobody waits anymore?
    todo!()
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{self, Either, FutureExt, join_all, select};
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Condvar, Mutex, mpsc};
    use std::task::Context;
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// A pool, and the panics that reach it: there should be none.
    fn pool(scribes: usize) -> (ThreadPool, Log<()>) {
        let panics = Log::new();
        let reached = panics.clone();
        let pool = ThreadPoolBuilder::new()
            .num_threads(scribes)
            .thread_name(|number| format!("scribe {number}"))
            .panic_handler(move |_| reached.push(()))
            .build();
        (pool.expect("a few threads"), panics)
    }

    /// A door that is closed at first. Who comes waits until it is opened.
    #[derive(Clone, Default)]
    struct Door(Arc<(Mutex<Threshold>, Condvar)>);

    #[derive(Default)]
    struct Threshold {
        came: usize,
        open: bool,
        /// Those for whom it was not opened in time.
        missed: usize,
    }

    impl Door {
        fn come(&self) {
            let (state, news) = &*self.0;
            let mut state = state.lock().expect("no panic");
            state.came += 1;
            news.notify_all();
            // Who comes after a door that stayed closed need not wait as well.
            let patience = if state.missed == 0 { PATIENCE } else { Duration::ZERO };
            let waited = news.wait_timeout_while(state, patience, |state| !state.open);
            let (mut state, timeout) = waited.expect("no panic");
            state.missed += usize::from(timeout.timed_out());
        }

        /// Waits until so many have come.
        fn wait_for(&self, many: usize) -> bool {
            let (state, news) = &*self.0;
            let state = state.lock().expect("no panic");
            let waited = news.wait_timeout_while(state, PATIENCE, |state| state.came < many);
            !waited.expect("no panic").1.timed_out()
        }

        fn open(&self) {
            self.0.0.lock().expect("no panic").open = true;
            self.0.1.notify_all();
        }

        fn missed(&self) -> usize {
            self.0.0.lock().expect("no panic").missed
        }
    }

    /// A page. When all of them are gone, the other end of the channel hears of it.
    type Page = mpsc::Sender<()>;

    fn book(pages: usize) -> (Vec<Page>, mpsc::Receiver<()>) {
        let (page, gone) = mpsc::channel();
        (vec![page; pages], gone)
    }

    /// Whether all pages are gone, at once or soon.
    fn all_gone(gone: &mpsc::Receiver<()>) -> bool {
        gone.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected)
    }

    #[test]
    fn the_copies_are_in_order_and_each_page_is_copied_once() {
        for (scribes, pages) in [(1, 0), (1, 1), (3, 0), (3, 2), (3, 500)] {
            let (copies, times, panics) = within(LIMIT, move || {
                let ((pool, panics), times, door) = (pool(scribes), Log::new(), Door::default());
                let noted = times.clone();
                let copy = copy(&pool, (0..pages).collect(), move |page: &u32| {
                    noted.push(());
                    // The first page takes until the last one is copied.
                    match *page {
                        last if last + 1 == pages => door.open(),
                        0 => door.come(),
                        _ => {}
                    }
                    format!("page {page}")
                });
                (block_on(copy), times.len(), panics.len())
            });
            let expected: Vec<_> = (0..pages).map(|page| format!("page {page}")).collect();
            assert_eq!(copies, expected, "a book of {pages} pages, {scribes} scribes");
            assert_eq!(times, pages as usize, "pages that were copied, {scribes} scribes");
            assert_eq!(panics, 0, "panics that reached the pool");
        }
    }

    #[test]
    fn all_scribes_copy_at_the_same_time_and_nobody_else_does() {
        for (scribes, pages) in [(1, 1), (3, 3), (4, 4), (4, 5), (9, 10), (33, 33), (33, 330)] {
            let (met, names) = within(LIMIT, move || {
                let ((pool, _), all, names) =
                    (pool(scribes), Rendezvous::new(scribes), Threads::new());
                let (noted, begun) = (names.clone(), AtomicUsize::new(0));
                let copies = copy(&pool, (0..pages).collect(), move |_| {
                    noted.note();
                    // The first of them, one for each scribe.
                    begun.fetch_add(1, Ordering::Relaxed) >= scribes || all.meet(PATIENCE).is_ok()
                });
                let met = block_on(copies);
                (met, names.names())
            });
            let met = met.into_iter().filter(|met| *met).count();
            assert_eq!(met, pages, "pages of which none missed another, by {scribes} scribes");
            let stranger = names.iter().find(|name| !name.starts_with("scribe"));
            assert_eq!(stranger, None, "who copied and is no scribe of the pool");
        }
    }

    #[test]
    fn a_customer_does_not_wait_with_the_thread() {
        let met = within(LIMIT, || {
            let ((pool, _), pair) = (pool(1), Rendezvous::new(2));
            let scribe = pair.clone();
            let copies = copy(&pool, vec![()], move |()| scribe.meet(PATIENCE).is_ok());
            let other = pair.meet_async().then(|()| future::pending::<()>());
            match block_on(select(pin!(copies), other)) {
                Either::Left((met, _)) => met,
                Either::Right(_) => unreachable!("the other never ends"),
            }
        });
        assert_eq!(met, [true], "on this thread nobody else had a turn while the scribe was busy");
        // Forty customers wait at the same time, and one scribe serves them.
        let copies = within(LIMIT, || {
            let (pool, _) = pool(1);
            let customers = (0..40).map(|number| copy(&pool, vec![number; 3], |page| *page));
            block_on(join_all(customers))
        });
        assert_eq!(copies, (0..40).map(|number| vec![number; 3]).collect::<Vec<_>>(), "the copies");
    }

    #[test]
    fn no_page_is_begun_when_the_customer_has_left() {
        for scribes in [1, 3, 4] {
            let (came, begun, gone, missed, panics) = within(LIMIT, move || {
                let ((pool, panics), door, begun) = (pool(scribes), Door::default(), Log::new());
                let (noted, at, (pages, gone)) = (begun.clone(), door.clone(), book(10_000));
                let mut copies = Box::pin(copy(&pool, pages, move |_| {
                    noted.push(());
                    at.come();
                }));
                let early = copies.as_mut().now_or_never();
                assert!(early.is_none(), "the copies are there, and no scribe could copy a page");
                // Each scribe comes to a page, and then the customer leaves.
                let came = door.wait_for(scribes);
                drop(copies);
                door.open();
                let gone = all_gone(&gone);
                let copied = block_on(copy(&pool, vec![1, 2, 3], |page| *page));
                assert_eq!(copied, [1, 2, 3], "what the next customer gets");
                (came, begun.len(), gone, door.missed(), panics.len())
            });
            assert!(came, "not all of {scribes} scribes are at a page");
            assert_eq!(missed, 0, "the customer, who left, waited for scribes: so many");
            assert_eq!(begun, scribes, "pages that were begun, by {scribes} scribes");
            assert!(gone, "the book is still there");
            assert_eq!(panics, 0, "panics that reached the pool");
        }
    }

    #[test]
    fn who_leaves_at_the_last_page_or_before_the_first_disturbs_nobody() {
        let (last, first, gone, panics) = within(LIMIT, || {
            let ((pool, panics), door, begun) = (pool(1), Door::default(), Log::new());
            let (noted, at, (mut pages, gone)) = (begun.clone(), door.clone(), book(20));
            let mut last = Box::pin(copy(&pool, pages.split_off(19), move |_| {
                noted.push("last");
                at.come();
            }));
            assert!(last.as_mut().now_or_never().is_none(), "the only page was not copied");
            assert!(door.wait_for(1), "nobody copies the only page");
            let noted = begun.clone();
            let nine = pages.split_off(10);
            let mut first = Box::pin(copy(&pool, nine, move |_| noted.push("first")));
            assert!(first.as_mut().now_or_never().is_none(), "the scribe is busy");
            // Never asked: it may have begun nothing.
            let noted = begun.clone();
            drop(copy(&pool, pages, move |_| noted.push("never asked")));
            drop((last, first));
            door.open();
            let gone = all_gone(&gone);
            let begun = begun.events();
            let count = |who| begun.iter().filter(|it| **it == who).count();
            (count("last"), begun.len() - count("last"), gone, panics.len())
        });
        assert_eq!(last, 1, "times that the only page was begun");
        assert_eq!(first, 0, "pages that were begun for customers who had left before");
        assert!(gone, "pages are still there");
        assert_eq!(panics, 0, "panics that reached the pool");
    }

    #[test]
    fn the_customer_is_woken_by_a_scribe_when_all_is_copied() {
        let (pending, wakes, ready) = within(LIMIT, || {
            let ((pool, _), wakes, (wake, woken)) = (pool(2), Log::new(), mpsc::channel());
            let door = Door::default();
            let at = door.clone();
            let mut copies = Box::pin(copy(&pool, vec![1, 2, 3, 4, 5], move |page| {
                at.come();
                *page
            }));
            let (noted, wake) = (wakes.clone(), Mutex::new(wake));
            let waker = exercises::hooked(
                || (),
                move || {
                    let name = std::thread::current().name().unwrap_or("another").to_owned();
                    noted.push(name.starts_with("scribe"));
                    let _ = wake.lock().expect("no panic").send(());
                },
            );
            let mut cx = Context::from_waker(&waker);
            let pending = copies.as_mut().poll(&mut cx).is_pending();
            door.wait_for(1);
            door.open();
            woken.recv_timeout(PATIENCE).expect("the customer is woken");
            (pending, wakes.events(), copies.as_mut().poll(&mut cx).is_ready())
        });
        assert!(pending, "the customer waited with the thread");
        assert_eq!(wakes, [true], "wakes of the customer, and whether a scribe woke");
        assert!(ready, "woken, and there were no copies");
    }
}
