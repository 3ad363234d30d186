//! A wake asks for the next poll: nobody polls a future that nobody wakes.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use tracing::{Instrument, info_span};

// ANCHOR: mailbox
/// What a mailbox holds.
pub type Letter = &'static str;

/// Where a letter arrives. Shared by whoever waits for it and whoever delivers it.
#[derive(Debug, Default)]
pub struct Mailbox {
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    letter: Option<Letter>,
    /// Of whoever waits; `None` while nobody does.
    waker: Option<Waker>,
}

impl Mailbox {
    /// Puts the letter in, then wakes whoever waits for it.
    pub fn deliver(&self, letter: Letter) {
        let mut inside = self.open();
        inside.letter = Some(letter);
        let waker = inside.waker.take();
        // Whoever is woken looks at once, and needs the lock.
        drop(inside);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn open(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nobody panics with the lock")
    }
}
// ANCHOR_END: mailbox

// ANCHOR: keep_latest
/// Looks for the letter. If there is none, keeps the waker of this poll.
pub fn keep_latest(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    match &mut inside.waker {
        // Clones only if the two would not wake the same task.
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
    Poll::Pending
}
// ANCHOR_END: keep_latest

// ANCHOR: keep_none
/// Looks for the letter. If there is none, keeps nothing.
pub fn keep_none(mailbox: &Mailbox, _: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    Poll::Pending
}
// ANCHOR_END: keep_none

// ANCHOR: wake_at_once
/// Looks for the letter. If there is none, asks to look again at once.
pub fn wake_at_once(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    drop(inside);
    cx.waker().wake_by_ref();
    Poll::Pending
}
// ANCHOR_END: wake_at_once

// ANCHOR: keep_first
/// Looks for the letter. If there is none, keeps the waker of the first poll.
pub fn keep_first(mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Letter> {
    let mut inside = mailbox.open();
    if let Some(letter) = inside.letter.take() {
        return Poll::Ready(letter);
    }
    inside.waker.get_or_insert_with(|| cx.waker().clone());
    Poll::Pending
}
// ANCHOR_END: keep_first

/// One of the four ways above.
pub type Look = fn(&Mailbox, &mut Context<'_>) -> Poll<Letter>;

// ANCHOR: letter
/// A future of the letter in `mailbox`. Each poll calls `look`, and is counted.
pub fn letter(
    look: Look,
    mailbox: Arc<Mailbox>,
    polls: Arc<AtomicUsize>,
) -> impl Future<Output = Letter> {
    poll_fn(move |cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        look(&mailbox, cx)
    })
}
// ANCHOR_END: letter

// ANCHOR: look_then_wait
/// Looks once, and awaits only what is not there yet.
pub async fn look_then_wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // Polls once, with a waker that does nothing.
    if let Some(output) = future.as_mut().now_or_never() {
        return output;
    }
    future.await
}
// ANCHOR_END: look_then_wait

// ANCHOR: on_a_thread
/// Awaits `future` on a thread of its own. The output comes out of the channel, if it ever comes:
/// a thread that is stuck stays behind, and ends with the process.
pub fn on_a_thread<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> mpsc::Receiver<T> {
    let (sender, output) = mpsc::channel();
    thread::spawn(move || sender.send(block_on(future)));
    output
}
// ANCHOR_END: on_a_thread

// ANCHOR: main
/// Waits for a letter in three ways, then in two ways for one that was looked for before.
pub fn main() -> Result<(), Box<dyn Error>> {
    let ways: [(&str, Look); 3] =
        [("keep_none", keep_none), ("wake_at_once", wake_at_once), ("keep_latest", keep_latest)];
    compare("a letter comes after 40 ms: who is woken?", &ways, letter);

    println!();
    let ways: [(&str, Look); 2] = [("keep_first", keep_first), ("keep_latest", keep_latest)];
    compare("somebody looked once before: who is woken?", &ways, |look, mailbox, polls| {
        look_then_wait(letter(look, mailbox, polls))
    });
    Ok(())
}

/// Waits in all `ways` at once, each on a thread of its own and for a letter of its own.
fn compare<F: Future<Output = Letter> + Send + 'static>(
    title: &str,
    ways: &[(&'static str, Look)],
    wait: fn(Look, Arc<Mailbox>, Arc<AtomicUsize>) -> F,
) {
    let patience = Duration::from_millis(60);
    let timeline = lessons::timeline(title);
    let waiting: Vec<_> = ways
        .iter()
        .map(|&(way, look)| {
            let (mailbox, polls) = (Arc::<Mailbox>::default(), Arc::<AtomicUsize>::default());
            let future = wait(look, Arc::clone(&mailbox), Arc::clone(&polls));
            let output = on_a_thread(future.instrument(info_span!("wait", way)));
            (way, mailbox, polls, output)
        })
        .collect();
    thread::sleep(Duration::from_millis(40));
    for (_, mailbox, ..) in &waiting {
        mailbox.deliver("Dear Ada");
    }
    let letters: Vec<_> =
        waiting.iter().map(|(.., output)| output.recv_timeout(patience)).collect();
    timeline.draw();

    println!("                 polls");
    for ((way, _, polls, _), letter) in waiting.iter().zip(letters) {
        let told = match letter {
            Ok(letter) => format!("has the letter: {letter:?}"),
            Err(_) => format!("STUCK: not woken {patience:?} after the letter came"),
        };
        println!("  {way:12} {:>7}   {told}", polls.load(Ordering::Relaxed));
    }
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::task::Wake;
    use witness::{Log, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(50);

    const WAYS: [Look; 4] = [keep_none, wake_at_once, keep_first, keep_latest];

    /// Someone to wake, who notes it.
    struct Sleeper(&'static str, Log<&'static str>);

    impl Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.1.push(self.0);
        }
    }

    /// Polls for two tasks, one after the other, and delivers. Returns who was woken, in order, and
    /// whether anyone still has a waker.
    fn woken(look: Look) -> (Vec<&'static str>, bool) {
        let (mailbox, log) = (Mailbox::default(), Log::new());
        let sleepers = ["first", "second"].map(|name| Arc::new(Sleeper(name, log.clone())));
        for sleeper in &sleepers {
            let waker = Waker::from(Arc::clone(sleeper));
            assert!(look(&mailbox, &mut Context::from_waker(&waker)).is_pending());
        }
        mailbox.deliver("Dear Ada");
        (log.events(), sleepers.iter().any(|sleeper| Arc::strong_count(sleeper) > 1))
    }

    #[test]
    fn a_letter_wakes_the_task_that_polled_last() {
        assert_eq!(woken(keep_latest), (vec!["second"], false));
    }

    #[test]
    fn a_stale_waker_wakes_the_task_that_polled_first() {
        assert_eq!(woken(keep_first), (vec!["first"], false));
    }

    #[test]
    fn without_a_waker_nobody_is_woken_and_nobody_ever_can_be() {
        assert_eq!(woken(keep_none), (vec![], false));
    }

    #[test]
    fn waking_at_once_wakes_before_there_is_a_letter_and_not_after() {
        let (mailbox, log) = (Mailbox::default(), Log::new());
        let waker = Waker::from(Arc::new(Sleeper("task", log.clone())));
        let mut context = Context::from_waker(&waker);
        for polls in 1..=3 {
            assert!(wake_at_once(&mailbox, &mut context).is_pending());
            assert_eq!(log.len(), polls);
        }
        mailbox.deliver("Dear Ada");
        assert_eq!(log.len(), 3);
    }

    #[test]
    fn a_letter_that_is_there_is_found_by_the_first_poll() {
        for look in WAYS {
            let polls = within(LONG, move || {
                let mailbox = Arc::<Mailbox>::default();
                mailbox.deliver("Dear Ada");
                let (letter, polls) = polls(letter(look, mailbox, Arc::default()));
                assert_eq!(block_on(letter), "Dear Ada");
                polls
            });
            assert_eq!((polls.count(), polls.woken()), (1, 0));
        }
    }

    #[test]
    fn whoever_is_woken_finds_the_letter_and_the_lock_free() {
        struct Looks(Arc<Mailbox>, AtomicBool);
        impl Wake for Looks {
            fn wake(self: Arc<Self>) {
                let found = self.0.inside.try_lock().is_ok_and(|inside| inside.letter.is_some());
                self.1.store(found, Ordering::Relaxed);
            }
        }
        let mailbox = Arc::new(Mailbox::default());
        let looks = Arc::new(Looks(Arc::clone(&mailbox), AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&looks));
        assert!(keep_latest(&mailbox, &mut Context::from_waker(&waker)).is_pending());
        mailbox.deliver("Dear Ada");
        assert!(looks.1.load(Ordering::Relaxed));
    }

    /// Returns once a waker is in the mailbox: the future there has been polled and waits.
    fn until_somebody_waits(mailbox: &Mailbox) {
        while mailbox.open().waker.is_none() {
            thread::yield_now();
        }
    }

    #[test]
    fn a_future_that_keeps_the_waker_is_polled_exactly_twice() {
        let (polls, counted) = within(LONG, || {
            let (mailbox, counted) = (Arc::<Mailbox>::default(), Arc::<AtomicUsize>::default());
            let letter = letter(keep_latest, Arc::clone(&mailbox), Arc::clone(&counted));
            let (letter, polls) = polls(letter);
            let output = on_a_thread(letter);
            until_somebody_waits(&mailbox);
            mailbox.deliver("Dear Ada");
            assert_eq!(output.recv(), Ok("Dear Ada"));
            (polls, counted)
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
        assert_eq!(counted.load(Ordering::Relaxed), 2, "the lesson counts the same");
    }

    #[test]
    fn a_future_that_wakes_at_once_is_polled_thousands_of_times() {
        let polls = within(LONG, || {
            let mailbox = Arc::<Mailbox>::default();
            let letter = letter(wake_at_once, Arc::clone(&mailbox), Arc::default());
            let (letter, polls) = polls(letter);
            let output = on_a_thread(letter);
            // Nothing comes, and yet it is polled again and again.
            while polls.count() < 5_000 {
                thread::yield_now();
            }
            mailbox.deliver("Dear Ada");
            assert_eq!(output.recv(), Ok("Dear Ada"));
            polls
        });
        // It asked for every one of them.
        assert_eq!((polls.woken(), polls.spurious()), (polls.count() - 1, 0));
    }

    /// Looks, then awaits on another thread, which polls with a waker of its own; then delivers.
    /// Returns what came of it within `patience`, and the number of polls.
    fn looked_for_before(look: Look, patience: Duration) -> (Option<Letter>, usize) {
        within(LONG, move || {
            let (polled, polls) = mpsc::channel();
            let mailbox = Arc::<Mailbox>::default();
            let inside = Arc::clone(&mailbox);
            let output = on_a_thread(look_then_wait(poll_fn(move |cx| {
                let answer = look(&inside, cx);
                polled.send(()).expect("the test waits");
                answer
            })));
            // The letter comes when both polls have found none.
            for _ in 0..2 {
                polls.recv().expect("it polls");
            }
            mailbox.deliver("Dear Ada");
            let letter = output.recv_timeout(patience).ok();
            (letter, 2 + polls.try_iter().count())
        })
    }

    #[test]
    fn after_a_look_only_the_latest_waker_gets_the_letter() {
        assert_eq!(looked_for_before(keep_first, SHORT), (None, 2));
        assert_eq!(looked_for_before(keep_none, SHORT), (None, 2));
        assert_eq!(looked_for_before(keep_latest, LONG), (Some("Dear Ada"), 3));
    }
}
