use super::*;
use crate::poll::Timer;
use crate::waker::{Mailbox, keep_latest, letter};
use futures::FutureExt;
use witness::{PATIENT, polls, within};

const SHORT: Duration = Duration::from_millis(5);

/// Pending `times` times, with a wake each time.
pub(crate) async fn yields(times: usize) {
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn block_on_polls_a_timer_exactly_twice() {
    let polls = within(PATIENT, || {
        let (timer, polls) = polls(Timer::new(SHORT));
        block_on(timer);
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn block_on_counts_a_wake_during_the_poll() {
    let polls = within(PATIENT, || {
        let (yields, polls) = polls(yields(1_000));
        block_on(yields);
        polls
    });
    assert_eq!(
        (polls.count(), polls.woken(), polls.spurious()),
        (1_001, 1_000, 0)
    );
}

#[test]
fn a_poll_that_parks_its_thread_takes_no_wake_away() {
    within(PATIENT, || {
        let mut polled = false;
        block_on(poll_fn(|cx| {
            if polled {
                return Poll::Ready(());
            }
            polled = true;
            cx.waker().wake_by_ref();
            // As a lock or a channel may do inside: this takes the token of
            // `unpark`.
            thread::park();
            Poll::Pending
        }));
    });
}

#[test]
fn an_unpark_that_is_no_wake_polls_nothing() {
    let polls = within(PATIENT, || {
        let sleeper = thread::current();
        let mailbox = Arc::<Mailbox>::default();
        let postman = {
            let mailbox = Arc::clone(&mailbox);
            move || {
                for _ in 0..100 {
                    sleeper.unpark();
                    thread::yield_now();
                }
                mailbox.deliver("Dear Ada");
            }
        };
        let mut postman = Some(postman);
        let letter = letter(keep_latest, mailbox, Arc::default());
        let mut letter = Box::pin(letter);
        let (waits, polls) = polls(poll_fn(move |cx| {
            let answer = letter.poll_unpin(cx);
            if let Some(postman) = postman.take() {
                thread::current().unpark();
                thread::spawn(postman);
            }
            answer
        }));
        assert_eq!(block_on(waits), "Dear Ada");
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn polling_in_a_loop_polls_thousands_of_times_unasked() {
    let polls = within(PATIENT, || {
        let mailbox = Arc::<Mailbox>::default();
        let letter = letter(keep_latest, Arc::clone(&mailbox), Arc::default());
        let (letter, polls) = polls(letter);
        let seen = polls.clone();
        thread::spawn(move || {
            while seen.count() < 5_000 {
                thread::yield_now();
            }
            mailbox.deliver("Dear Ada");
        });
        assert_eq!(poll_in_a_loop(letter), "Dear Ada");
        polls
    });
    assert!(polls.spurious() >= 4_999, "{polls:?}");
}
