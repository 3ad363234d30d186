// A cell by hand, with a list of wakers; a count of answers, and a retain when there are too many.

use dashmap::{DashMap, Entry};
use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Panicked;

struct Cell<A>(Mutex<(Option<Result<Arc<A>, Panicked>>, Vec<Waker>)>);

struct Owl<A> {
    pool: Arc<ThreadPool>,
    most: usize,
    cells: Arc<DashMap<String, Arc<Cell<A>>>>,
    answered: Arc<Mutex<usize>>,
}

impl<A: Send + Sync + 'static> Owl<A> {
    fn new(pool: Arc<ThreadPool>, most: usize) -> Self {
        Owl { pool, most, cells: Arc::default(), answered: Arc::default() }
    }

    async fn ask(
        &self,
        question: &str,
        think: impl FnOnce() -> A + Send + 'static,
    ) -> Result<Arc<A>, Panicked> {
        let mut begins = false;
        let cell = Arc::clone(&self.cells.entry(question.to_owned()).or_insert_with(|| {
            begins = true;
            Arc::new(Cell(Mutex::new((None, Vec::new()))))
        }));
        if begins {
            let (cells, answered) = (Arc::clone(&self.cells), Arc::clone(&self.answered));
            let (question, most, cell) = (question.to_owned(), self.most, Arc::clone(&cell));
            self.pool.spawn(move || {
                let answer = catch_unwind(AssertUnwindSafe(think)).map(Arc::new).map_err(|_| Panicked);
                if answer.is_err() {
                    cells.remove(&question);
                }
                let mut answered = answered.lock().unwrap();
                if answer.is_ok() {
                    *answered += 1;
                    if *answered > most {
                        cells.retain(|_, cell| cell.0.lock().unwrap().0.is_none());
                        *answered = 1;
                    }
                }
                let mut told = cell.0.lock().unwrap();
                told.0 = Some(answer);
                let wakers = std::mem::take(&mut told.1);
                drop((told, answered));
                wakers.into_iter().for_each(Waker::wake);
            });
        }
        poll_fn(|cx| {
            let mut told = cell.0.lock().unwrap();
            if let Some(answer) = &told.0 {
                return Poll::Ready(answer.clone());
            }
            told.1.push(cx.waker().clone());
            Poll::Pending
        })
        .await
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
