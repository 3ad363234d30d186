// Waits for 64 lines at most.
// => failed a_silent_line_holds_up_nobody

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// What the operator knows of the lines.
trait Board {
    /// Takes what was said on a line, without waiting. The error `WouldBlock` says that there is
    /// nothing yet, an empty text that they hung up.
    fn take(&self, line: usize) -> io::Result<String>;

    /// Keeps the thread until something happens on one or more of these lines, and returns those.
    fn wait(&self, lines: &[usize]) -> Vec<usize>;
}

type Talk<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

struct Operator<B> {
    board: B,
    /// Whom to wake when something happens on a line.
    waiting: RefCell<BTreeMap<usize, Waker>>,
}

impl<B: Board> Operator<B> {
    fn new(board: B) -> Self {
        Operator { board, waiting: RefCell::default() }
    }

    async fn hear(&self, line: usize) -> io::Result<String> {
        loop {
            match self.board.take(line) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                taken => return taken,
            }
            let mut first = true;
            poll_fn(|cx| {
                let mut waiting = self.waiting.borrow_mut();
                if !std::mem::take(&mut first) && !waiting.contains_key(&line) {
                    return Poll::Ready(());
                }
                waiting.insert(line, cx.waker().clone());
                Poll::Pending
            })
            .await;
        }
    }

    fn run<'a>(&'a self, talks: Vec<Talk<'a>>) {
        let mut talks: Vec<_> = talks
            .into_iter()
            .map(|talk| (talk, Arc::new(Woken(AtomicBool::new(true)))))
            .collect();
        while !talks.is_empty() {
            let mut polled = false;
            talks.retain_mut(|(talk, woken)| {
                if !woken.0.swap(false, Ordering::AcqRel) {
                    return true;
                }
                polled = true;
                let waker = Waker::from(Arc::clone(woken));
                talk.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
            });
            if polled {
                continue;
            }
            let lines: Vec<usize> = self.waiting.borrow().keys().copied().take(64).collect();
            for line in self.board.wait(&lines) {
                let waker = self.waiting.borrow_mut().remove(&line);
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        }
    }
}

/// Whether a talk was woken since its last poll.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// A board on which everything has been said already.
struct Said(RefCell<Vec<VecDeque<String>>>);

impl Board for Said {
    fn take(&self, line: usize) -> io::Result<String> {
        Ok(self.0.borrow_mut()[line].pop_front().unwrap_or_default())
    }

    fn wait(&self, lines: &[usize]) -> Vec<usize> {
        lines.to_vec()
    }
}

fn main() {
    let lines = [["hello", "is anybody there?"], ["a taxi", "to the station"]];
    let lines = lines.map(|texts| texts.map(str::to_owned).into());
    let operator = Operator::new(Said(RefCell::new(lines.into())));
    let talk = async |line| {
        while let Ok(text) = operator.hear(line).await
            && !text.is_empty()
        {
            println!("line {line}: {text}");
        }
    };
    operator.run(vec![Box::pin(talk(0)), Box::pin(talk(1))]);
}
