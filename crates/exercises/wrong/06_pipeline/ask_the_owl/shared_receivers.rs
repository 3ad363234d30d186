// Shares a receiver: `Shared` wakes with its lock held, and who asks the same in the wake needs it.
// => failed who_is_woken_may_ask_the_same_at_once

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

use futures::FutureExt;
use futures::future::Shared;
use std::collections::VecDeque;
use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

type Told<A> = Shared<oneshot::Receiver<Result<Arc<A>, Panicked>>>;

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    told: Arc<DashMap<String, Told<A>>>,
    answered: Arc<Mutex<VecDeque<String>>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        Owl { pool, most, told: Arc::default(), answered: Arc::default() }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let told = match self.told.entry(question.to_owned()) {
            Entry::Occupied(told) => told.get().clone(),
            Entry::Vacant(place) => {
                let (tell, told) = oneshot::channel();
                let told = place.insert(told.shared()).clone();
                let (all, answered) = (Arc::clone(&self.told), Arc::clone(&self.answered));
                let (question, most) = (question.to_owned(), self.most);
                self.pool.spawn(move || {
                    let answer = catch_unwind(AssertUnwindSafe(think));
                    let forgotten = {
                        let mut answered = answered.lock().unwrap();
                        if answer.is_ok() {
                            answered.push_back(question);
                            if answered.len() > most { answered.pop_front() } else { None }
                        } else {
                            Some(question)
                        }
                    };
                    if let Some(question) = forgotten {
                        all.remove(&question);
                    }
                    let _ = tell.send(answer.map(Arc::new).map_err(|_| Panicked));
                });
                told
            }
        };
        told.await.expect("each thought comes to an end")
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
