// Tells the answer, and then forgets another: in between one too many is kept.
// => failed room_is_made_before_anybody_is_woken

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

/// What becomes of a question: `None` while it is thought about.
type Thought<A> = Option<Result<Arc<A>, Panicked>>;

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    /// Shared with the thoughts, which go on when nobody asks anymore.
    memory: Arc<Memory<A>>,
}

struct Memory<A> {
    questions: DashMap<String, watch::Receiver<Thought<A>>>,
    /// Those that have an answer, the oldest first.
    answered: Mutex<VecDeque<String>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        let (questions, answered) = (DashMap::new(), Mutex::default());
        Owl { pool, most, memory: Arc::new(Memory { questions, answered }) }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        // To look and to begin is one step. The shard is free again before anybody waits.
        let mut thought = match self.memory.questions.entry(question.to_owned()) {
            Entry::Occupied(begun) => begun.get().clone(),
            Entry::Vacant(place) => {
                let (tell, thought) = watch::channel(None);
                place.insert(thought.clone());
                let (memory, most) = (Arc::clone(&self.memory), self.most);
                let question = question.to_owned();
                self.pool.spawn(move || {
                    let answer = catch_unwind(AssertUnwindSafe(think)).map(Arc::new);
                    memory.note(question, answer.map_err(|_| Panicked), most, &tell);
                });
                thought
            }
        };
        let told = thought.wait_for(Option::is_some).await.expect("each thought comes to an end");
        told.clone().expect("it was waited for")
    }
}

impl<A> Memory<A> {
    /// Keeps an answer, and then tells those who wait.
    fn note(
        &self,
        question: String,
        answer: Result<Arc<A>, Panicked>,
        most: usize,
        tell: &watch::Sender<Thought<A>>,
    ) {
        if answer.is_err() {
            // First: who hears of it may ask again at once.
            self.questions.remove(&question);
            tell.send_replace(Some(answer));
            return;
        }
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.push_back(question);
        drop(answered);
        tell.send_replace(Some(answer));
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if answered.len() > most
            && let Some(oldest) = answered.pop_front()
        {
            self.questions.remove(&oldest);
        }
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
