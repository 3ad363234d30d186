// The future of whoever asked first has the thought: when it is dropped, the next one thinks.
// => failed whoever_leaves_the_answer_comes

use dashmap::DashMap;
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use tokio::sync::{OnceCell, oneshot};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    cells: DashMap<String, Arc<OnceCell<Arc<A>>>>,
    answered: Mutex<VecDeque<String>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        Owl { pool, most, cells: DashMap::new(), answered: Mutex::default() }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let cell = Arc::clone(&self.cells.entry(question.to_owned()).or_default());
        let answer = cell
            .get_or_try_init(|| async {
                let (tell, told) = oneshot::channel();
                self.pool.spawn(move || {
                    let _ = tell.send(catch_unwind(AssertUnwindSafe(think)));
                });
                let answer = told.await.map_err(|_| Panicked)?.map_err(|_| Panicked)?;
                let mut answered = self.answered.lock().unwrap();
                answered.push_back(question.to_owned());
                if answered.len() > self.most {
                    self.cells.remove(&answered.pop_front().unwrap());
                }
                Ok(Arc::new(answer))
            })
            .await?;
        Ok(Arc::clone(answer))
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
