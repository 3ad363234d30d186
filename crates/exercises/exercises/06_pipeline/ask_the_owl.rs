// An owl answers questions. Many ask, often the same, so its answers are kept. `ask` returns the
// answer to a question; `think` finds it, and that is work for the threads of the owl's pool. Two
// who ask the same question bring a `think` that finds the same.
//
// What is wanted: different questions are thought about at the same time, as many as the pool has
// threads, and a question by one thread at a time, however many ask. Who asks meanwhile, or as long
// as the answer is kept, gets that answer, with no thought. Who asks waits without a thread, and may
// leave at any moment (the future is dropped): what was begun goes on, also for nobody, and the
// answer is kept. Who is woken may ask again within the wake, also the same question.
// - If `think` panics, all who wait for it get `Panicked`. That is not kept: who asks from then on
//   has the question thought about again.
// - When an answer is returned, no more than `most` are kept, which is at least 1. The latest is one
//   of them, and nothing is forgotten before there are more. Which others are kept does not matter.
// - A question that is thought about is not forgotten, and it is not one of the `most`.
//
// Crates: std, dashmap, futures, rayon, and Tokio's `sync`. You may change what is in `Owl`, and
// what it takes beside it.
//
// How it is judged: forty ask at once, and two at the same moment, many times. Some ask from within
// a wake. Thoughts wait for each other, on one thread and on sixteen. The answers that are still
// alive are counted. Wakes are counted, too.
//
// Lesson: chapter-06 answers

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    // TODO: what is there for a question that is still thought about?
    answers: DashMap<String, Arc<A>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        Owl { pool, most, answers: DashMap::new() }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        if let Some(answer) = self.answers.get(question) {
            return Ok(Arc::clone(&answer));
        }
        // TODO: on the pool, once for all who ask, and whoever leaves. How many are kept?
        let answer = Arc::new(think());
        self.answers.insert(question.to_owned(), Arc::clone(&answer));
        Ok(answer)
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let owl = Owl::new(Arc::new(pool), 2);
        let think = |question: &'static str| {
            move || {
                println!("thinks about {question}");
                question.len()
            }
        };
        for question in ["why", "where", "why", "what for", "what for"] {
            println!("{question}: {:?}", block_on(owl.ask(question, think(question))));
        }
        let silly = || -> usize { std::panic::resume_unwind(Box::new("hoo")) };
        println!("a silly one: {:?}", block_on(owl.ask("who", silly)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::{hooked, stopped_anywhere};
    use futures::future::join_all;
    use std::panic::resume_unwind;
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use std::sync::{Mutex, Weak, mpsc};
    use std::task::{Context, Poll, Waker};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Log, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn pool(threads: usize) -> Arc<ThreadPool> {
        let pool = ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.thread_name(|nth| format!("owl {nth}"));
        Arc::new(pool.build().expect("there is room for a few threads"))
    }

    /// Polls once, and nobody is woken.
    fn poll<T>(asking: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        asking.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn forty_ask_at_once_and_one_thinks() {
        let (answers, thoughts) = within(LIMIT, || {
            let (owl, thoughts) = (Owl::new(pool(4), 3), Arc::new(AtomicUsize::new(0)));
            let ask = || {
                let thoughts = Arc::clone(&thoughts);
                owl.ask("why", move || {
                    thread::sleep(Duration::from_millis(50));
                    thoughts.fetch_add(1, SeqCst)
                })
            };
            let mut answers = block_on(join_all((0..40).map(|_| ask())));
            answers.extend(block_on(join_all((0..3).map(|_| ask()))));
            (answers, thoughts.load(SeqCst))
        });
        assert_eq!(thoughts, 1, "thoughts about one question");
        assert!(answers.iter().all(|answer| *answer == Ok(Arc::new(0))), "{answers:?}");
    }

    #[test]
    fn two_ask_at_the_same_moment_and_one_thinks() {
        const QUESTIONS: usize = 20_000;
        let twice = within(LIMIT, || {
            let (owl, begun) = (Owl::new(pool(1), QUESTIONS), Instant::now());
            let thoughts: Arc<[AtomicUsize]> =
                (0..QUESTIONS).map(|_| AtomicUsize::new(0)).collect();
            let at = AtomicUsize::new(0);
            let ask = |nth: usize| {
                let thoughts = Arc::clone(&thoughts);
                let think = move || thoughts[nth].fetch_add(1, SeqCst);
                let _ = poll(pin!(owl.ask(&nth.to_string(), think)));
            };
            // One is stopped anywhere, and then another asks the same.
            let work = || {
                for nth in 0..QUESTIONS {
                    at.store(nth, SeqCst);
                    ask(nth);
                    if begun.elapsed() > Duration::from_millis(900) {
                        break;
                    }
                }
            };
            stopped_anywhere(work, || ask(at.load(SeqCst)));
            // The pool's only thread comes to this when it has thought about all others.
            let _ = block_on(owl.ask("the end", || 0));
            thoughts.iter().filter(|thoughts| thoughts.load(SeqCst) > 1).count()
        });
        assert_eq!(twice, 0, "questions that were thought about twice, for two who asked at once");
    }

    #[test]
    fn sixteen_questions_are_thought_about_at_once_by_the_pool() {
        let (met, threads) = within(LIMIT, || {
            let (owl, all, threads) = (Owl::new(pool(16), 3), Rendezvous::new(16), Log::new());
            let ask = async |nth: usize| {
                let (all, threads) = (all.clone(), threads.clone());
                let think = move || {
                    threads.push(thread::current().name().unwrap_or_default().to_owned());
                    all.meet(PATIENCE).is_ok()
                };
                owl.ask(&nth.to_string(), think).await.is_ok_and(|met| *met)
            };
            let met = block_on(join_all((0..16).map(ask)));
            (met, threads.events())
        });
        assert_eq!(met, [true; 16], "whether each thought met the others");
        assert!(threads.iter().all(|name| name.starts_with("owl")), "who thought: {threads:?}");
    }

    #[test]
    fn whoever_leaves_the_answer_comes() {
        // The first leaves, or the last, or all; then somebody asks again.
        for leave in [&[0][..], &[8], &[0, 1, 2, 3], &[0, 1, 2, 3, 4, 5, 6, 7, 8]] {
            let (answers, thoughts) = within(LIMIT, move || {
                let (pool, thoughts) = (pool(1), Arc::new(AtomicUsize::new(0)));
                let (owl, (go_on, wait)) = (Owl::new(pool, 1), mpsc::channel::<()>());
                let mut wait = Some(wait);
                let mut ask = || {
                    let (thoughts, wait) = (Arc::clone(&thoughts), wait.take());
                    Box::pin(owl.ask("why", move || {
                        wait.map(|wait| wait.recv_timeout(PATIENCE));
                        thoughts.fetch_add(1, SeqCst)
                    }))
                };
                let mut asking: Vec<_> = (0..9).map(|_| Some(ask())).collect();
                for asking in asking.iter_mut().flatten() {
                    assert!(poll(asking.as_mut()).is_pending(), "the owl still thinks");
                }
                leave.iter().for_each(|&nth| asking[nth] = None);
                // Time for those who want to think in place of who has left.
                for asking in asking.iter_mut().flatten() {
                    let _ = poll(asking.as_mut());
                }
                drop(go_on);
                let mut answers = block_on(join_all(asking.into_iter().flatten()));
                answers.push(block_on(ask()));
                (answers, thoughts.load(SeqCst))
            });
            assert_eq!(thoughts, 1, "thoughts, and of nine who asked there left {leave:?}");
            assert_eq!(answers, vec![Ok(Arc::new(0)); 10 - leave.len()], "there left {leave:?}");
        }
    }

    #[test]
    fn a_panic_is_for_those_who_wait_and_is_not_kept() {
        let (waited, later, thoughts) = within(LIMIT, || {
            let (owl, thoughts) = (Owl::new(pool(3), 3), Arc::new(AtomicUsize::new(0)));
            let ask = || {
                let thoughts = Arc::clone(&thoughts);
                owl.ask("who", move || {
                    let nth = thoughts.fetch_add(1, SeqCst);
                    thread::sleep(Duration::from_millis(50));
                    if nth == 0 {
                        resume_unwind(Box::new("on purpose"));
                    }
                    nth
                })
            };
            let waited = block_on(join_all((0..9).map(|_| ask())));
            let later = block_on(join_all((0..9).map(|_| ask())));
            (waited, later, thoughts.load(SeqCst))
        });
        assert_eq!(waited, vec![Err(Panicked); 9], "what those heard who waited");
        assert_eq!(later, vec![Ok(Arc::new(1)); 9], "what those heard who asked later");
        assert_eq!(thoughts, 2, "thoughts, of which the first panicked");
    }

    #[test]
    fn a_thought_that_panics_takes_no_answer_away() {
        let (panicked, again, thoughts) = within(LIMIT, || {
            let (owl, thoughts) = (Owl::new(pool(1), 1), Arc::new(AtomicUsize::new(0)));
            let ask = || {
                let thoughts = Arc::clone(&thoughts);
                block_on(owl.ask("what", move || thoughts.fetch_add(1, SeqCst)))
            };
            let _ = ask();
            let panicked = block_on(owl.ask("who", || resume_unwind(Box::new("on purpose"))));
            (panicked.is_err(), ask(), thoughts.load(SeqCst))
        });
        assert!(panicked, "a thought panicked, and nobody was told");
        assert_eq!(again, Ok(Arc::new(0)), "the answer that was kept");
        assert_eq!(thoughts, 1, "thoughts of a question whose answer was the only one");
    }

    #[test]
    fn who_hears_of_a_panic_may_ask_again_at_once() {
        let again = within(LIMIT, || {
            let owl = Arc::new(Owl::new(pool(1), 3));
            let (begin, wait) = mpsc::channel::<()>();
            let mut asking = Box::pin(owl.ask("who", move || {
                let _ = wait.recv_timeout(PATIENCE);
                resume_unwind(Box::new("on purpose"))
            }));
            // Asks in the moment of the wake, and whether that is the old panic.
            let (same, (tell, told)) = (Arc::clone(&owl), mpsc::channel());
            let tell = Mutex::new(tell);
            let woken = move || {
                let old = poll(pin!(same.ask("who", || 7))).map(|answer| answer.is_err());
                let _ = tell.lock().expect("it does not panic").send(old);
            };
            let waker = hooked(|| (), woken);
            let first = asking.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(first.is_pending(), "the owl still thinks");
            drop(begin);
            let old = told.recv_timeout(PATIENCE).expect("who waits is woken");
            (old, block_on(owl.ask("who", || 8)).map(|answer| *answer))
        });
        assert_ne!(again.0, Poll::Ready(true), "who asked in the moment of the wake got the panic");
        assert!(matches!(again.1, Ok(7 | 8)), "what was answered later: {:?}", again.1);
    }

    /// An answer, and how to learn whether it is still there.
    type Kept = Arc<Mutex<Vec<Weak<()>>>>;

    /// How many are there. Whoever has just thought may take a moment to let go of an answer.
    fn alive(kept: &Kept, most: usize) -> usize {
        let begun = Instant::now();
        loop {
            let kept = kept.lock().expect("nobody panics with it");
            let alive = kept.iter().filter(|answer| answer.strong_count() > 0).count();
            drop(kept);
            if alive <= most || begun.elapsed() > PATIENCE {
                return alive;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn answer(kept: &Kept) -> Arc<()> {
        let answer = Arc::new(());
        kept.lock().expect("nobody panics with it").push(Arc::downgrade(&answer));
        answer
    }

    #[test]
    fn no_more_than_most_are_kept_and_the_latest_is() {
        for most in [1, 3, 9] {
            within(LIMIT, move || {
                let (owl, kept) = (Owl::new(pool(2), most), Kept::default());
                for nth in 0..40 {
                    let ask = || {
                        let kept = Arc::clone(&kept);
                        block_on(owl.ask(&nth.to_string(), move || answer(&kept)))
                    };
                    let first = ask().expect("it does not panic");
                    assert!(Arc::ptr_eq(&first, &ask().expect("it does not panic")), "the latest");
                    drop(first);
                    let alive = alive(&kept, most);
                    assert!(alive <= most, "{alive} answers are kept, and {most} may be");
                    let forgotten = nth < most && alive <= nth;
                    assert!(
                        !forgotten,
                        "of {} answers {alive} are kept, and {most} may be",
                        nth + 1
                    );
                }
            });
        }
    }

    #[test]
    fn what_is_thought_about_is_not_forgotten() {
        let (thoughts, alive) = within(LIMIT, || {
            let (pool, kept) = (pool(17), Kept::default());
            let owl = Owl::new(pool, 3);
            let (gate, thoughts) =
                (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let ask = |nth: usize| {
                let (gate, thoughts) = (Arc::clone(&gate), Arc::clone(&thoughts));
                let kept = Arc::clone(&kept);
                let question = format!("slow {nth}");
                let owl = &owl;
                async move {
                    let think = move || {
                        thoughts.fetch_add(1, SeqCst);
                        let begun = Instant::now();
                        while !gate.load(SeqCst) && begun.elapsed() < PATIENCE {
                            thread::sleep(Duration::from_millis(1));
                        }
                        answer(&kept)
                    };
                    owl.ask(&question, think).await
                }
            };
            let mut asking: Vec<_> = (0..16).map(|nth| Box::pin(ask(nth))).collect();
            for asking in &mut asking {
                assert!(poll(asking.as_mut()).is_pending(), "the owl still thinks");
            }
            // Others come and go meanwhile.
            for nth in 0..40 {
                let kept = Arc::clone(&kept);
                let _ = block_on(owl.ask(&format!("short {nth}"), move || answer(&kept)));
            }
            asking.extend((0..16).map(|nth| Box::pin(ask(nth))));
            for asking in asking.iter_mut().skip(16) {
                assert!(poll(asking.as_mut()).is_pending(), "the owl still thinks");
            }
            gate.store(true, SeqCst);
            drop(block_on(join_all(asking)));
            let _ = block_on(owl.ask("the last", || Arc::new(())));
            (thoughts.load(SeqCst), alive(&kept, 3))
        });
        assert_eq!(thoughts, 16, "thoughts about sixteen questions");
        assert!(alive <= 3, "{alive} answers are kept, and 3 may be");
    }

    #[test]
    fn what_is_thought_about_takes_no_room() {
        let thoughts = within(LIMIT, || {
            let (owl, thoughts) = (Owl::new(pool(9), 3), Arc::new(AtomicUsize::new(0)));
            let (go_on, wait) = mpsc::channel::<()>();
            let wait = Arc::new(Mutex::new(wait));
            let slow = async |nth: usize| {
                let wait = Arc::clone(&wait);
                // All of them end when this test lets go of the other end.
                let think = move || wait.lock().map_or(0, |wait| wait.iter().count());
                owl.ask(&format!("slow {nth}"), think).await
            };
            let mut slow = Box::pin(join_all((0..8).map(slow)));
            assert!(poll(slow.as_mut()).is_pending(), "the owl still thinks");
            for _ in 0..3 {
                for question in ["one", "two", "three"] {
                    let thoughts = Arc::clone(&thoughts);
                    let _ = block_on(owl.ask(question, move || thoughts.fetch_add(1, SeqCst)));
                }
            }
            drop(go_on);
            let _ = block_on(slow);
            thoughts.load(SeqCst)
        });
        assert_eq!(thoughts, 3, "thoughts about three questions; three are kept, and eight begun");
    }

    /// Has a question answered, and then another. Who waits for the second asks both again in the
    /// wake. Returns the answers they had then and there, and what is answered to both later.
    fn both_are_asked_in_the_wake(most: usize) -> ([Option<usize>; 2], [usize; 2]) {
        within(LIMIT, move || {
            let owl = Arc::new(Owl::new(pool(1), most));
            let _ = block_on(owl.ask("one", || 1));
            let (go_on, wait) = mpsc::channel::<()>();
            let mut asking = Box::pin(owl.ask("two", move || 2 + wait.iter().count()));
            let (same, (tell, told)) = (Arc::clone(&owl), mpsc::channel());
            let tell = Mutex::new(tell);
            let woken = move || {
                // First the one that has just been answered.
                let [two, one] =
                    ["two", "one"].map(|question| match poll(pin!(same.ask(question, || 7))) {
                        Poll::Ready(answer) => answer.ok().map(|answer| *answer),
                        Poll::Pending => None,
                    });
                let _ = tell.lock().expect("it does not panic").send([one, two]);
            };
            let waker = hooked(|| (), woken);
            let first = asking.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(first.is_pending(), "the owl still thinks");
            drop(go_on);
            let there = told.recv_timeout(PATIENCE).expect("who is woken asks, and goes on");
            let later = ["one", "two"]
                .map(|question| block_on(owl.ask(question, || 8)).map_or(0, |answer| *answer));
            (there, later)
        })
    }

    #[test]
    fn who_is_woken_may_ask_the_same_at_once() {
        let (_, later) = both_are_asked_in_the_wake(2);
        assert_eq!(later, [1, 2], "two answers; both may be kept, so nobody thinks again");
    }

    #[test]
    fn room_is_made_before_anybody_is_woken() {
        let (there, _) = both_are_asked_in_the_wake(1);
        assert_ne!(there, [Some(1), Some(2)], "two answers were kept in the wake, and one may be");
    }

    #[test]
    fn who_waits_is_woken_when_the_answer_is_there_and_not_before() {
        let (early, answer) = within(LIMIT, || {
            let owl = Owl::new(pool(1), 3);
            let ((go_on, wait), woken) = (mpsc::channel::<()>(), Arc::new(AtomicUsize::new(0)));
            let mut asking = Box::pin(owl.ask("why", move || {
                let _ = wait.recv_timeout(PATIENCE);
                7
            }));
            let (wakes, (tell, told)) = (Arc::clone(&woken), mpsc::channel());
            let tell = Mutex::new(tell);
            let waker = hooked(
                || (),
                move || {
                    wakes.fetch_add(1, SeqCst);
                    let _ = tell.lock().expect("it does not panic").send(());
                },
            );
            let first = asking.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(first.is_pending(), "the owl still thinks");
            thread::sleep(Duration::from_millis(300));
            let early = woken.load(SeqCst);
            drop(go_on);
            told.recv_timeout(PATIENCE).expect("who waits is woken");
            (early, poll(asking.as_mut()).map(|answer| answer.map(|answer| *answer)))
        });
        assert_eq!(early, 0, "wakes while the owl still thought");
        assert_eq!(answer, Poll::Ready(Ok(7)), "in the poll after the wake");
    }
}
