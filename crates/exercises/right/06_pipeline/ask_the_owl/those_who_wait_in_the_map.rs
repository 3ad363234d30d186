// The map has those who wait, and later the answer; then all others go.

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

enum State<A> {
    Thinks(Vec<oneshot::Sender<Result<Arc<A>, Panicked>>>),
    Known(Arc<A>),
}

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    states: Arc<DashMap<String, State<A>>>,
    /// Who notes an answer has this.
    notes: Arc<Mutex<Vec<String>>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        Owl { pool, most, states: Arc::default(), notes: Arc::default() }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let (tell, told) = oneshot::channel();
        match self.states.entry(question.to_owned()) {
            Entry::Occupied(mut state) => match state.get_mut() {
                State::Thinks(wait) => wait.push(tell),
                State::Known(answer) => return Ok(Arc::clone(answer)),
            },
            Entry::Vacant(place) => {
                place.insert(State::Thinks(vec![tell]));
                let (states, notes) = (Arc::clone(&self.states), Arc::clone(&self.notes));
                let (question, most) = (question.to_owned(), self.most);
                self.pool.spawn(move || {
                    let answer = match catch_unwind(AssertUnwindSafe(think)) {
                        Ok(answer) => Ok(Arc::new(answer)),
                        Err(_) => Err(Panicked),
                    };
                    let mut notes = notes.lock().unwrap();
                    let before = match &answer {
                        Ok(answer) => states.insert(question.clone(), State::Known(Arc::clone(answer))),
                        Err(_) => states.remove(&question).map(|(_, state)| state),
                    };
                    if answer.is_ok() {
                        if notes.len() == most {
                            for old in notes.drain(..) {
                                states.remove(&old);
                            }
                        }
                        notes.push(question);
                    }
                    drop(notes);
                    let Some(State::Thinks(wait)) = before else { unreachable!() };
                    for tell in wait {
                        let _ = tell.send(answer.clone());
                    }
                });
            }
        }
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
