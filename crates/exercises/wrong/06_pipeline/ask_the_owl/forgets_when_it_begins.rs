// Forgets the oldest when a thought begins, also if that panics.
// => failed a_thought_that_panics_takes_no_answer_away

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

type Told<A> = Result<Arc<A>, Panicked>;

struct Desk<A> {
    waiting: HashMap<String, Vec<oneshot::Sender<Told<A>>>>,
    kept: VecDeque<(String, Arc<A>)>,
}

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    desk: Arc<Mutex<Desk<A>>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        let desk = Desk { waiting: HashMap::new(), kept: VecDeque::new() };
        Owl { pool, most, desk: Arc::new(Mutex::new(desk)) }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let receiver = {
            let mut desk = self.desk.lock().unwrap();
            if let Some((_, answer)) = desk.kept.iter().find(|(kept, _)| kept == question) {
                return Ok(Arc::clone(answer));
            }
            let (sender, receiver) = oneshot::channel();
            if let Some(waiting) = desk.waiting.get_mut(question) {
                waiting.push(sender);
            } else {
                desk.waiting.insert(question.to_owned(), vec![sender]);
                let (question, most) = (question.to_owned(), self.most);
                let shared = Arc::clone(&self.desk);
                self.pool.spawn(move || {
                    {
                        let mut desk = shared.lock().unwrap();
                        while desk.kept.len() >= most {
                            desk.kept.pop_front();
                        }
                    }
                    let answer =
                        catch_unwind(AssertUnwindSafe(think)).map(Arc::new).map_err(|_| Panicked);
                    let mut forgotten = Vec::new();
                    let waiting = {
                        let mut desk = shared.lock().unwrap();
                        let waiting = desk.waiting.remove(&question).unwrap_or_default();
                        if let Ok(answer) = &answer {
                            desk.kept.push_back((question, Arc::clone(answer)));
                            while desk.kept.len() > most {
                                forgotten.extend(desk.kept.pop_front());
                            }
                        }
                        waiting
                    };
                    drop(forgotten);
                    let told: Vec<Told<A>> = waiting.iter().map(|_| answer.clone()).collect();
                    drop(answer);
                    for (sender, told) in waiting.into_iter().zip(told) {
                        let _ = sender.send(told);
                    }
                });
            }
            receiver
        };
        receiver.await.unwrap_or(Err(Panicked))
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
