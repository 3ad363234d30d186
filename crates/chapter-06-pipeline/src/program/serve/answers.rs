//! Answers to questions, shared by all who ask.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::{OnceCell, Semaphore};

use crate::program::run::bridge::{Bridge, Panicked};

// ANCHOR: answers
/// Answers to questions. Each is computed on the pool for the first who asks,
/// while all others who ask the same wait for it; then it is kept.
#[derive(Debug)]
pub struct Answers<Q: Hash + Eq, A> {
    bridge: Arc<Bridge>,
    cells: DashMap<Q, Arc<OnceCell<A>>>,
    /// Answers that are kept at most.
    most: usize,
    computed: Arc<AtomicU64>,
    /// Permits to compute, or to wait for who does.
    under_way: Arc<Semaphore>,
}

/// Those who ask at once, with those who have left meanwhile.
const UNDER_WAY: usize = 1_024;

impl<Q, A> Answers<Q, A>
where
    Q: Clone + Hash + Eq,
    A: Clone + Send + Sync + 'static,
{
    /// No answers yet, and a pool to compute them on.
    pub fn new(bridge: Bridge, most: usize) -> Self {
        Answers {
            bridge: Arc::new(bridge),
            cells: DashMap::new(),
            most,
            computed: Arc::default(),
            under_way: Arc::new(Semaphore::new(UNDER_WAY)),
        }
    }

    /// The answer to a question, by `compute` if nobody has it yet.
    ///
    /// # Errors
    /// If `compute` panicked. The next one who asks computes again.
    pub async fn get(
        &self,
        question: &Q,
        compute: impl FnOnce() -> A + Send + 'static,
    ) -> Result<A, Panicked> {
        let cell = self.cell(question);
        if let Some(answer) = cell.get() {
            return Ok(answer.clone());
        }
        let permit = Arc::clone(&self.under_way).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let bridge = Arc::clone(&self.bridge);
        let computed = Arc::clone(&self.computed);
        // A task of its own: if this client leaves, the search goes on, and
        // its answer is there for the others. The permit goes with it.
        let task = tokio::spawn(async move {
            let _permit = permit;
            let answer = cell.get_or_try_init(async || {
                let answer = bridge.run(compute).await?;
                computed.fetch_add(1, Ordering::Relaxed);
                Ok(answer)
            });
            answer.await.cloned()
        });
        task.await.expect("a panic is caught in its job")
    }

    /// The question's cell, a new one if there is none. No guard leaves this
    /// function.
    fn cell(&self, question: &Q) -> Arc<OnceCell<A>> {
        if let Some(cell) = self.cells.get(question) {
            return Arc::clone(&cell);
        }
        // Questions have no end and memory has. Who waits keeps the cell that
        // it waits for.
        if self.cells.len() >= self.most {
            self.cells.clear();
        }
        Arc::clone(&self.cells.entry(question.clone()).or_default())
    }

    /// How many answers were computed.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }
}
// ANCHOR_END: answers

impl<Q: Hash + Eq, A> Answers<Q, A> {
    /// How many answers are kept, or being computed.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::future::join_all;
    use tokio::runtime::Builder;
    use tokio::task::yield_now;
    use witness::{PATIENT, Threads, within};

    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    fn answers(most: usize) -> Answers<String, usize> {
        Answers::new(Bridge::new(2).expect("two threads"), most)
    }

    #[test]
    fn a_thousand_who_ask_the_same_get_one_answer_that_was_computed_once() {
        within(PATIENT, || {
            let (answers, threads) = (answers(10), Threads::new());
            let question = "why".to_owned();
            let ask = |_| {
                let threads = threads.clone();
                answers.get(&question, move || {
                    threads.note();
                    3
                })
            };
            let all = block_on(join_all((0..1_000).map(ask)));
            assert!(all.iter().all(|answer| *answer == Ok(3)));
            let calls: usize =
                threads.work_by_thread().iter().map(|it| it.1).sum();
            assert_eq!((answers.computed(), calls), (1, 1));
        });
    }

    #[test]
    fn after_a_panic_the_next_one_computes() {
        within(PATIENT, || {
            let answers = answers(10);
            let why = "why".to_owned();
            block_on(async {
                let failed = answers.get(&why, || panic!("no idea")).await;
                assert_eq!(failed, Err(Panicked("no idea".into())));
                assert_eq!(answers.get(&why, || 7).await, Ok(7));
                assert_eq!(answers.get(&why, || 8).await, Ok(7));
            });
        });
    }

    #[test]
    fn the_search_of_one_who_leaves_goes_on_and_is_not_begun_again() {
        within(PATIENT, || {
            let answers = answers(10);
            let why = "why".to_owned();
            let (release, wait) = mpsc::channel::<()>();
            block_on(async {
                let mut first = Box::pin(answers.get(&why, move || {
                    let _ = wait.recv();
                    1
                }));
                let mut second = Box::pin(answers.get(&why, || 2));
                assert!(futures::poll!(&mut first).is_pending());
                assert!(futures::poll!(&mut second).is_pending());
                drop(first);
                // The second one would begin now.
                for _ in 0..3 {
                    yield_now().await;
                    assert!(futures::poll!(&mut second).is_pending());
                }
                drop(release);
                assert_eq!(second.await, Ok(1));
            });
            assert_eq!(answers.computed(), 1);
        });
    }

    #[test]
    fn clients_who_leave_do_not_pile_up_searches() {
        within(PATIENT, || {
            let mut answers = answers(100);
            answers.under_way = Arc::new(Semaphore::new(3));
            block_on(async {
                let mut kept = Vec::new();
                for nth in 0..10 {
                    let (release, wait) = mpsc::channel::<()>();
                    let question = nth.to_string();
                    let ask = answers.get(&question, move || {
                        let _ = wait.recv();
                        nth
                    });
                    // Polled once, and gone.
                    assert!(futures::poll!(Box::pin(ask)).is_pending());
                    kept.push(release);
                }
                assert_eq!(answers.under_way.available_permits(), 0);
                drop(kept);
                assert_eq!(answers.get(&"why".to_owned(), || 7).await, Ok(7));
            });
            // Those of three clients, and the last one.
            assert_eq!(answers.computed(), 4);
        });
    }

    #[test]
    fn answers_are_kept_up_to_a_bound() {
        within(PATIENT, || {
            let answers = answers(5);
            block_on(async {
                for nth in 0..100_usize {
                    assert_eq!(
                        answers.get(&nth.to_string(), move || nth).await,
                        Ok(nth)
                    );
                    assert!(answers.len() <= 5);
                }
            });
            assert_eq!(answers.computed(), 100);
        });
    }
}
