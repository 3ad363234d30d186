// Two readers go through a draft at the same time, each on a thread of its own. One returns the
// number of its misprints, the other the number of its gaps. This does not compile. Repair it.
//
// How it is judged: the two readers wait for each other while they read. Both must have the same
// draft before them, not a copy, and it must be gone when `proofread` returns.
//
// Lesson: chapter-00 scope

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    thread::scope(|scope| {
        let first = scope.spawn(|| misprints(&draft));
        let second = scope.spawn(|| gaps(&draft));
        let first = first.join().expect("a reader does not panic");
        let second = second.join().expect("a reader does not panic");
        (first, second)
    })
}

fn main() {
    let draft = Draft { text: "Teh ship sialed at …, or so we …".into(), cover: "blue".into() };
    let misprints: Reader =
        Box::new(|draft| draft.text.matches("Teh").count() + draft.text.matches("sia").count());
    let gaps: Reader = Box::new(|draft| draft.text.matches('…').count());
    let (misprints, gaps) = proofread(draft, misprints, gaps);
    println!("{misprints} misprints, {gaps} gaps");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn draft(cover: &Arc<str>) -> Draft {
        Draft { text: "a text that is long enough".into(), cover: Arc::clone(cover) }
    }

    #[test]
    fn the_two_read_at_the_same_time() {
        let (pair, threads) = (Rendezvous::new(2), Threads::new());
        let missed = Arc::new(AtomicBool::new(false));
        let reader = |found: usize| -> Reader {
            let (pair, threads, missed) = (pair.clone(), threads.clone(), Arc::clone(&missed));
            Box::new(move |_| {
                threads.note();
                // Who comes after the other has given up need not wait as well.
                let late = missed.load(Ordering::Relaxed);
                if late || pair.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                    return 0;
                }
                found
            })
        };
        let (misprints, gaps) = (reader(3), reader(5));
        let (found, caller) = within(LIMIT, move || {
            (proofread(draft(&"red".into()), misprints, gaps), thread::current().id())
        });
        assert_eq!(found, (3, 5), "a reader that met nobody returned 0");
        assert_eq!(threads.count(), 2);
        assert!(!threads.ids().contains(&caller), "a reader read on the caller's thread");
    }

    #[test]
    fn both_read_the_same_draft() {
        let places = Log::new();
        let reader = || -> Reader {
            let places = places.clone();
            Box::new(move |draft| {
                places.push((draft.text.as_ptr().addr(), Arc::strong_count(&draft.cover)));
                1
            })
        };
        let (first, second) = (reader(), reader());
        let cover: Arc<str> = "red".into();
        let one_draft = draft(&cover);
        let place = one_draft.text.as_ptr().addr();
        within(LIMIT, move || proofread(one_draft, first, second));
        // One cover is the test's, one is the draft's.
        assert_eq!(places.events(), [(place, 2), (place, 2)], "somebody read a copy");
    }

    #[test]
    fn a_reader_who_panics_takes_the_draft_from_nobody() {
        let (panics, panicked) = mpsc::channel::<()>();
        let (told, tells) = mpsc::channel();
        let one_draft = draft(&"red".into());
        let cover = Arc::downgrade(&one_draft.cover);
        let (panics, panicked) = (Mutex::new(panics), Mutex::new(panicked));
        let first: Reader = Box::new(move |_| {
            let _panics = panics.lock();
            panic!("this reader panics on purpose")
        });
        let second: Reader = Box::new(move |_| {
            // Nobody sends. Either way, the first is at its end.
            let _ = panicked.lock().map(|it| it.recv_timeout(Duration::from_millis(100)));
            // Time for somebody to drop what is still read.
            for _ in 0..20 {
                thread::sleep(Duration::from_millis(5));
            }
            let _ = told.send(cover.strong_count());
            1
        });
        within(LIMIT, move || {
            let proofread = AssertUnwindSafe(|| proofread(one_draft, first, second));
            let _ = catch_unwind(proofread);
        });
        let drafts = tells.recv_timeout(PATIENCE);
        assert_eq!(drafts, Ok(1), "the draft was gone while the second reader still read it");
    }

    /// Takes a moment to drop, or until `proofread` has returned.
    struct Slow(Mutex<mpsc::Receiver<()>>);

    impl Drop for Slow {
        fn drop(&mut self) {
            if let Ok(returned) = self.0.lock() {
                let _ = returned.recv_timeout(Duration::from_millis(200));
            }
        }
    }

    #[test]
    fn the_draft_is_gone_afterward() {
        let cover: Arc<str> = "red".into();
        let one_draft = draft(&cover);
        let reader = |slow: Option<Slow>| -> Reader {
            Box::new(move |draft| {
                let _ = &slow;
                draft.text.len()
            })
        };
        let (returns, returned) = mpsc::channel();
        // A reader that has said its number may still have the draft before it.
        let (first, second) = (reader(None), reader(Some(Slow(Mutex::new(returned)))));
        within(LIMIT, move || proofread(one_draft, first, second));
        assert_eq!(Arc::strong_count(&cover), 1, "a draft is still somewhere, with its cover");
        drop(returns);
        // Whoever throws it away later would have to be faster than this look, each time.
        let still_there = within(LIMIT, move || {
            let looks = (0..200).filter(|_| {
                let _ = proofread(draft(&cover), reader(None), reader(None));
                Arc::strong_count(&cover) > 1
            });
            looks.count()
        });
        assert_eq!(
            still_there, 0,
            "of 200 drafts so many were there when `proofread` had returned"
        );
    }
}
