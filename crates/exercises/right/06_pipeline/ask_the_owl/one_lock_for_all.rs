// One lock for all questions; those who wait have a channel each.

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

enum Question<A> {
    Begun(Vec<oneshot::Sender<Result<Arc<A>, Panicked>>>),
    Answered(Arc<A>),
}

struct Mind<A> {
    questions: HashMap<String, Question<A>>,
    answered: VecDeque<String>,
}

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    mind: Arc<Mutex<Mind<A>>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        let mind = Mind { questions: HashMap::new(), answered: VecDeque::new() };
        Owl { pool, most, mind: Arc::new(Mutex::new(mind)) }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let (tell, told) = oneshot::channel();
        let begins = {
            let mut mind = self.mind.lock().unwrap();
            match mind.questions.get_mut(question) {
                Some(Question::Answered(answer)) => return Ok(Arc::clone(answer)),
                Some(Question::Begun(wait)) => {
                    wait.push(tell);
                    false
                }
                None => {
                    mind.questions.insert(question.to_owned(), Question::Begun(vec![tell]));
                    true
                }
            }
        };
        if begins {
            let (mind, most, question) = (Arc::clone(&self.mind), self.most, question.to_owned());
            self.pool.spawn(move || {
                let answer = catch_unwind(AssertUnwindSafe(think)).map(Arc::new);
                note(&mind, most, question, answer.map_err(|_| Panicked));
            });
        }
        told.await.expect("each thought comes to an end")
    }
}

fn note<A>(mind: &Mutex<Mind<A>>, most: usize, question: String, answer: Result<Arc<A>, Panicked>) {
    let mut forgotten = Vec::new();
    let mut mind = mind.lock().unwrap();
    let begun = mind.questions.remove(&question);
    if let Ok(answer) = &answer {
        mind.questions.insert(question.clone(), Question::Answered(Arc::clone(answer)));
        mind.answered.push_back(question);
        while mind.answered.len() > most {
            let oldest = mind.answered.pop_front().unwrap();
            forgotten.push(mind.questions.remove(&oldest));
        }
    }
    // What is dropped, and who is woken, may do anything; so the lock is free again.
    drop(mind);
    drop(forgotten);
    let Some(Question::Begun(wait)) = begun else { unreachable!() };
    for tell in wait {
        let _ = tell.send(answer.clone());
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
