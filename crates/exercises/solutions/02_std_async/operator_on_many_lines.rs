// A telephone operator has many lines and only two ears, and sits on one thread. Each caller is a
// talk: a future that hears one text of a line after the other. Write `hear`, and `run`, which runs
// all talks to their ends on this thread. The standard library is enough.
//
// What is wanted: `hear` takes what is there. If nothing is, its talk waits until something happens
// on that line. This may be a false alarm: then it waits again. All other errors are returned.
// `run` polls each talk once at first, and after that only when it was woken. Talks wait for lines,
// and for each other. When no talk can go on, and not before, `run` waits at the board: for exactly
// the lines that talks wait for, each named once. A talk hears one line or several; no two talks
// hear the same line at a time, and no talk gives up hearing. Without talks `run` returns at once.
//
// How it is judged: by a board that notes which lines it was asked for, and panics when nobody will
// say anything anymore. In one test 300 lines are open, and one of them says nothing for long.
// Polls are counted, and takes in vain.
//
// Lesson: chapter-02 reactor

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

    /// Waits until there is something to take from the line, and returns it.
    async fn hear(&self, line: usize) -> io::Result<String> {
        poll_fn(|cx| match self.board.take(line) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.waiting.borrow_mut().insert(line, cx.waker().clone());
                Poll::Pending
            }
            taken => Poll::Ready(taken),
        })
        .await
    }

    /// Runs all talks on this thread until each has ended.
    fn run<'a>(&'a self, talks: Vec<Talk<'a>>) {
        let fresh = |talk| (talk, Arc::new(Woken(AtomicBool::new(true))));
        let mut talks: Vec<(Talk, Arc<Woken>)> = talks.into_iter().map(fresh).collect();
        while !talks.is_empty() {
            let mut all_wait = true;
            talks.retain_mut(|(talk, woken)| {
                if !woken.0.swap(false, Ordering::Acquire) {
                    return true;
                }
                all_wait = false;
                let waker = Waker::from(Arc::clone(woken));
                talk.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
            });
            // A talk that was polled may have woken one that was asked before it.
            if all_wait {
                self.wait_at_the_board();
            }
        }
    }
}

impl<B: Board> Operator<B> {
    fn wait_at_the_board(&self) {
        let lines: Vec<usize> = self.waiting.borrow().keys().copied().collect();
        for line in self.board.wait(&lines) {
            let waker = self.waiting.borrow_mut().remove(&line);
            if let Some(waker) = waker {
                waker.wake();
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use std::cell::Cell;
    use std::collections::{BTreeMap, VecDeque};
    use std::io::{self, ErrorKind};
    use std::rc::Rc;
    use std::time::Duration;
    use witness::{Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// Nobody who waits takes so often in vain.
    const IN_VAIN: usize = 2_000;

    /// What happens on a line.
    #[derive(Clone, Copy)]
    enum Event {
        Text(&'static str),
        HungUp,
        Broken,
        Interrupted,
        FalseAlarm,
    }

    use Event::{Broken, FalseAlarm, HungUp, Interrupted, Text};

    type Batch = Vec<(usize, Event)>;

    /// Lines on which a batch of events happens whenever the operator waits.
    #[derive(Default)]
    struct Scripted {
        coming: RefCell<VecDeque<Batch>>,
        /// What has happened on each line, and was not taken.
        there: RefCell<BTreeMap<usize, VecDeque<Event>>>,
        /// The lines that were asked for in each wait.
        waits: Log<Vec<usize>>,
        in_vain: Cell<usize>,
    }

    impl Board for Rc<Scripted> {
        fn take(&self, line: usize) -> io::Result<String> {
            match self.there.borrow_mut().get_mut(&line).and_then(VecDeque::pop_front) {
                Some(Text(text)) => Ok(text.to_owned()),
                Some(HungUp) => Ok(String::new()),
                Some(Broken) => Err(ErrorKind::ConnectionReset.into()),
                Some(Interrupted) => Err(ErrorKind::Interrupted.into()),
                Some(FalseAlarm) | None => {
                    self.in_vain.set(self.in_vain.get() + 1);
                    assert!(self.in_vain.get() < IN_VAIN, "{IN_VAIN} takes in vain: nobody waits");
                    Err(ErrorKind::WouldBlock.into())
                }
            }
        }

        fn wait(&self, lines: &[usize]) -> Vec<usize> {
            let mut sorted = lines.to_vec();
            sorted.sort_unstable();
            self.waits.push(sorted);
            assert!(self.waits.len() < IN_VAIN, "waited {IN_VAIN} times at the board");
            loop {
                let mut there = self.there.borrow_mut();
                let happened = |line: &&usize| there.get(line).is_some_and(|has| !has.is_empty());
                let happened: Vec<usize> = lines.iter().filter(happened).copied().collect();
                if !happened.is_empty() {
                    return happened;
                }
                let batch = self.coming.borrow_mut().pop_front();
                let batch = batch.unwrap_or_else(|| {
                    panic!("waits for {lines:?}, where nothing will happen anymore: stuck")
                });
                for (line, event) in batch {
                    there.entry(line).or_default().push_back(event);
                }
            }
        }
    }

    type Desk = Operator<Rc<Scripted>>;

    fn desk(coming: impl IntoIterator<Item = Batch>) -> (Rc<Scripted>, Desk) {
        let coming = RefCell::new(coming.into_iter().collect());
        let board = Rc::new(Scripted { coming, ..Scripted::default() });
        (Rc::clone(&board), Operator::new(board))
    }

    /// Hears a line to its end, and notes all of it. "": they hung up.
    async fn listen(desk: &Desk, line: usize, heard: &Log<(usize, String)>) {
        loop {
            let text = desk.hear(line).await.expect("this line is not broken");
            heard.push((line, text.clone()));
            if text.is_empty() {
                return;
            }
        }
    }

    fn of(line: usize, heard: &Log<(usize, String)>) -> Vec<String> {
        let events = heard.events().into_iter();
        events.filter(|(of, _)| *of == line).map(|(_, text)| text).collect()
    }

    #[test]
    fn each_talk_hears_its_line_to_the_end() {
        within(LIMIT, || {
            let (board, desk) = desk([
                vec![(0, Text("a")), (2, Text("b"))],
                vec![(1, Text("c")), (1, Text("d")), (2, HungUp)],
                vec![(0, Text("e"))],
                vec![(1, HungUp), (0, HungUp)],
            ]);
            let heard = Log::new();
            desk.run((0..3).map(|line| Box::pin(listen(&desk, line, &heard)) as Talk).collect());
            assert_eq!(of(0, &heard), ["a", "e", ""], "what was heard on line 0");
            assert_eq!(of(1, &heard), ["c", "d", ""], "what was heard on line 1");
            assert_eq!(of(2, &heard), ["b", ""], "what was heard on line 2");
            drop(board);
        });
    }

    #[test]
    fn a_silent_line_holds_up_nobody() {
        within(LIMIT, || {
            // Line 0 is asked first, and speaks last.
            let lines = || (0..300).rev();
            let speak = lines().map(|line| vec![(line, Text("hello"))]);
            let hang_up = lines().map(|line| vec![(line, HungUp)]);
            let (_, desk) = desk(speak.chain(hang_up));
            let heard = Log::new();
            desk.run((0..300).map(|line| Box::pin(listen(&desk, line, &heard)) as Talk).collect());
            let expected: Vec<_> = lines().map(|line| (line, "hello".to_owned())).collect();
            assert_eq!(heard.events()[..300], expected, "who was heard, in the order of speaking");
            assert_eq!(heard.len(), 600, "texts and ends");
        });
    }

    #[test]
    fn the_board_is_asked_for_the_lines_that_are_waited_for() {
        within(LIMIT, || {
            let (board, desk) = desk([
                vec![(8, Text("a"))],
                vec![(3, HungUp)],
                vec![(8, HungUp), (5, Text("b"))],
                vec![(5, HungUp)],
            ]);
            let heard = Log::new();
            desk.run([3, 5, 8].map(|line| Box::pin(listen(&desk, line, &heard)) as Talk).into());
            let expected = [vec![3, 5, 8], vec![3, 5, 8], vec![5, 8], vec![5]];
            assert_eq!(board.waits.events(), expected, "the lines asked for in each wait");
        });
    }

    #[test]
    fn a_talk_is_polled_when_it_was_woken() {
        within(LIMIT, || {
            let speak = (0..9).map(|line| vec![(line, Text("hello"))]);
            let (board, desk) = desk(speak.chain((0..9).map(|line| vec![(line, HungUp)])));
            let (heard, polls) = (Log::new(), Polls::new());
            let talk = |line| Box::pin(polls.watch(listen(&desk, line, &heard))) as Talk;
            desk.run((0..9).map(talk).collect());
            assert_eq!(polls.spurious(), 0, "polls of talks that nobody had woken");
            assert_eq!(polls.count(), 27, "polls of 9 talks: once at first, and for 2 events each");
            let in_vain = board.in_vain.get();
            assert!(in_vain <= 54, "{in_vain} takes in vain, in 27 polls");
        });
    }

    #[test]
    fn after_a_false_alarm_it_waits_again() {
        within(LIMIT, || {
            let (board, desk) = desk([
                vec![(1, FalseAlarm)],
                vec![(0, FalseAlarm), (1, FalseAlarm)],
                vec![(1, Text("hello"))],
                vec![(1, HungUp), (0, HungUp)],
            ]);
            let heard = Log::new();
            desk.run((0..2).map(|line| Box::pin(listen(&desk, line, &heard)) as Talk).collect());
            assert_eq!(of(1, &heard), ["hello", ""], "what was heard after two false alarms");
            assert_eq!(board.waits.events(), vec![vec![0, 1]; 4], "lines asked for in each wait");
        });
    }

    #[test]
    fn an_error_of_a_line_is_returned() {
        within(LIMIT, || {
            let (_, desk) = desk([vec![(0, Broken)], vec![(0, Interrupted)], vec![(1, HungUp)]]);
            let (heard, errors) = (Log::new(), Log::new());
            let broken = async {
                for _ in 0..2 {
                    let error = desk.hear(0).await.expect_err("the line is broken");
                    errors.push(error.kind());
                }
            };
            desk.run(vec![Box::pin(broken), Box::pin(listen(&desk, 1, &heard))]);
            let expected = [ErrorKind::ConnectionReset, ErrorKind::Interrupted];
            assert_eq!(errors.events(), expected, "errors heard on line 0");
        });
    }

    #[test]
    fn talks_may_wait_for_each_other() {
        within(LIMIT, || {
            let (board, desk) =
                desk([vec![(7, Text("for you"))], vec![(0, HungUp)], vec![(9, HungUp)]]);
            let (heard, (pass_on, passed_on)) = (Log::new(), oneshot::channel());
            let (answer, answered) = oneshot::channel();
            // Its message comes from a talk that is asked later, in the same moment.
            let first = async {
                let text: String = passed_on.await.expect("it is passed on");
                heard.push((0, text));
                answer.send(()).expect("the other waits");
                listen(&desk, 0, &heard).await;
            };
            let second = async {
                let text = desk.hear(7).await.expect("this line is not broken");
                pass_on.send(text).expect("the other waits");
                answered.await.expect("the other answers");
                heard.push((7, "answered".to_owned()));
            };
            let third = Box::pin(listen(&desk, 9, &heard));
            desk.run(vec![Box::pin(first), Box::pin(second), third]);
            assert_eq!(of(0, &heard), ["for you", ""]);
            assert_eq!(of(7, &heard), ["answered"]);
            let expected = [vec![7, 9], vec![0, 9], vec![9]];
            assert_eq!(board.waits.events(), expected, "it waited while a talk could go on");
        });
    }

    /// Lets the others go first, so many times.
    async fn step_back(times: usize) {
        for _ in 0..times {
            let mut stepped = false;
            poll_fn(|cx| {
                if std::mem::replace(&mut stepped, true) {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    #[test]
    fn a_talk_that_wakes_itself_goes_on_without_the_board() {
        within(LIMIT, || {
            let (board, desk) = desk([vec![(1, HungUp)]]);
            let heard = Log::new();
            let steps = async {
                step_back(5).await;
                heard.push((0, "five steps".to_owned()));
            };
            desk.run(vec![Box::pin(listen(&desk, 1, &heard)), Box::pin(steps)]);
            let expected = [(0, "five steps".to_owned()), (1, String::new())];
            assert_eq!(heard.events(), expected, "it waited while a talk could go on");
            assert_eq!(board.waits.events(), [[1]]);
        });
    }

    #[test]
    fn a_talk_may_hear_two_lines_at_once() {
        within(LIMIT, || {
            let (board, desk) = desk([
                vec![(4, Text("left"))],
                vec![(4, HungUp), (2, Text("r"))],
                vec![(2, HungUp)],
            ]);
            let heard = Log::new();
            let both = futures::future::join(listen(&desk, 2, &heard), listen(&desk, 4, &heard));
            desk.run(vec![Box::pin(async { _ = both.await })]);
            assert_eq!(of(2, &heard), ["r", ""], "what was heard on line 2");
            assert_eq!(of(4, &heard), ["left", ""], "what was heard on line 4");
            assert_eq!(board.waits.events(), [vec![2, 4], vec![2, 4], vec![2]]);
        });
    }

    #[test]
    fn without_talks_there_is_nothing_to_wait_for() {
        within(LIMIT, || {
            let (board, desk) = desk([vec![(0, Text("hello"))]]);
            desk.run(vec![]);
            desk.run(vec![Box::pin(async {})]);
            assert_eq!(board.waits.len(), 0, "waits at the board");
        });
    }
}
